"""Putting people on one's blacklist; friendships stay as they are."""

from django.db import transaction

from accounts.models import User
from rtcserver.events import Actor, record
from rtcserver.models import SyncClock
from social.errors import OwnBlacklist, UnknownPerson
from social.models import Block, Friendship
from social.services.locks import locked_pair


@transaction.atomic
def block_person(*, actor: Actor, user: User, friend_id: str) -> None:
    """Put someone on the blacklist; once there, it changes nothing.

    Raises UnknownPerson, OwnBlacklist. Records `block.added`; the other learns nothing.
    """
    user, other = locked_pair(user, friend_id)
    if user == other:
        raise OwnBlacklist("Nobody blocks themselves.")
    # Whoever stores a message of the other one holds this, so none is stored after the answer.
    Friendship.objects.filter(user=other, friend=user).hold()
    if not Block.objects.active().filter(user=user, blocked=other).exists():
        _write(user, other, actor, is_active=True)


@transaction.atomic
def unblock_person(*, actor: Actor, user: User, friend_id: str) -> None:
    """Take someone off the blacklist, also if they were never on it.

    Records `block.removed` if they were.
    """
    try:
        user, other = locked_pair(user, friend_id)
    except UnknownPerson:
        return
    if Block.objects.active().filter(user=user, blocked=other).exists():
        _write(user, other, actor, is_active=False)


def _write(user: User, other: User, actor: Actor, *, is_active: bool) -> None:
    changes = {"is_active": is_active, "stamp": SyncClock.tick()}
    Block.objects.update_or_create(user=user, blocked=other, defaults=changes)
    record(
        "block.added" if is_active else "block.removed",
        subject_kind="user",
        subject_id=user.public_id,
        actor=actor,
        blocked=other.public_id,
        stamp=changes["stamp"],
    )
