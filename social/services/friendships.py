"""Making, refusing and ending friendships: the transitions of docs/dialects/sealtalk-social.md."""

from datetime import timedelta
from enum import Enum

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from rtcserver.events import Actor
from rtcserver.models import SyncClock
from social.errors import AlreadyFriends, NoSuchRequest, UnknownPerson
from social.models import Block, Friendship
from social.services.locks import locked_pair
from social.services.notices import record_friendship

Status = Friendship.Status


class Invited(Enum):
    """What an invitation led to."""

    SENT = "sent"  # the friend has a request to answer
    ADDED = "added"  # they are friends
    NONE = "none"  # nothing changed, and the friend learns nothing


@transaction.atomic
def invite_friend(*, actor: Actor, user: User, friend_id: str, message: str) -> Invited:
    """Ask someone to be friends; whoever was asked already and asks back agrees by that.

    Asked again while the first request is open, nothing happens before
    FRIEND_REQUEST_SECONDS (or FRIEND_REQUEST_IGNORED_SECONDS once it was ignored) are over.

    Raises:
        UnknownPerson: There is no such person.
        AlreadyFriends: Both sides agreed before.

    Records `friendship.requested` or `friendship.accepted`, which notify the friend, or
    `friendship.restored`, which does not.
    """
    user, friend = locked_pair(user, friend_id)
    if Block.objects.active().filter(user=friend, blocked=user).exists():
        return Invited.NONE
    if user == friend:
        return _befriend_oneself(user, actor)
    own, other = _rows(user, friend)
    match own and own.status, other and other.status:
        case Status.AGREED, Status.AGREED:
            raise AlreadyFriends("Already friends.")
        case ((Status.REQUESTED | Status.IGNORED), _):
            _agree(user, friend, actor)
            return Invited.ADDED
        case Status.DELETED, Status.AGREED:  # the friend never noticed
            stamp = SyncClock.tick()
            _write(user, friend, Status.AGREED, stamp)
            _record("restored", actor, user, friend, stamp=stamp)
            return Invited.ADDED
        case Status.REQUESTING, _ if own and not _may_repeat(own, other):
            return Invited.NONE
    stamp = SyncClock.tick()
    _write(user, friend, Status.REQUESTING, stamp)
    _write(friend, user, Status.REQUESTED, stamp, message=message)
    _record("requested", actor, user, friend, tell=True, message=message, stamp=stamp)
    return Invited.SENT


@transaction.atomic
def accept_friend(*, actor: Actor, user: User, friend_id: str) -> None:
    """Agree to a request; between friends it changes nothing.

    Raises NoSuchRequest. Records `friendship.accepted`, which notifies the friend.
    """
    user, friend = _locked_pair(user, friend_id)
    own, other = _rows(user, friend)
    match own and own.status, other and other.status:
        case Status.REQUESTED, _:
            _agree(user, friend, actor)
        case Status.AGREED, Status.AGREED:
            return
        case _:
            raise NoSuchRequest


@transaction.atomic
def ignore_friend(*, actor: Actor, user: User, friend_id: str) -> None:
    """Leave a request unanswered, silently. Raises NoSuchRequest.

    Records `friendship.ignored`.
    """
    user, friend = _locked_pair(user, friend_id)
    own, _other = _rows(user, friend)
    if own is None or own.status != Status.REQUESTED:
        raise NoSuchRequest
    stamp = SyncClock.tick()
    _write(user, friend, Status.IGNORED, stamp)
    _record("ignored", actor, user, friend, stamp=stamp)


@transaction.atomic
def delete_friend(*, actor: Actor, user: User, friend_id: str) -> None:
    """Take a friend off one's own list, silently: the friend goes on listing the person.

    Raises NoSuchRequest. Records `friendship.deleted`.
    """
    user, friend = _locked_pair(user, friend_id)
    _own_agreed(user, friend)
    stamp = SyncClock.tick()
    _write(user, friend, Status.DELETED, stamp, display_name="", message="")
    _record("deleted", actor, user, friend, stamp=stamp)


@transaction.atomic
def set_friend_name(*, actor: Actor, user: User, friend_id: str, display_name: str) -> None:
    """Name a friend as only oneself sees it; empty takes the name back.

    Raises NoSuchRequest. Records `friendship.named`.
    """
    user, friend = _locked_pair(user, friend_id)
    own = _own_agreed(user, friend)
    own.display_name, own.stamp = display_name, SyncClock.tick()
    own.save(update_fields=["display_name", "stamp"])
    _record("named", actor, user, friend, stamp=own.stamp)


def _locked_pair(user: User, friend_id: str) -> tuple[User, User]:
    try:
        return locked_pair(user, friend_id)
    except UnknownPerson:
        raise NoSuchRequest from None


def _rows(user: User, friend: User) -> tuple[Friendship | None, Friendship | None]:
    rows = {row.user_id: row for row in Friendship.objects.between(user, friend)}
    return rows.get(user.pk), rows.get(friend.pk)


def _own_agreed(user: User, friend: User) -> Friendship:
    row = Friendship.objects.agreed().filter(user=user, friend=friend).first()
    if row is None:
        raise NoSuchRequest
    return row


def _befriend_oneself(user: User, actor: Actor) -> Invited:
    if Friendship.objects.agreed().filter(user=user, friend=user).exists():
        raise AlreadyFriends("Already friends.")
    stamp = SyncClock.tick()
    _write(user, user, Status.AGREED, stamp)
    _record("accepted", actor, user, user, stamp=stamp)
    return Invited.ADDED


def _agree(user: User, friend: User, actor: Actor) -> None:
    stamp = SyncClock.tick()
    _write(user, friend, Status.AGREED, stamp)
    _write(friend, user, Status.AGREED, stamp)
    _record("accepted", actor, user, friend, tell=True, message="", stamp=stamp)


def _may_repeat(own: Friendship, other: Friendship | None) -> bool:
    seconds = settings.FRIEND_REQUEST_SECONDS
    if other and other.status == Status.IGNORED:
        seconds = settings.FRIEND_REQUEST_IGNORED_SECONDS
    return timezone.now() - own.status_changed_at > timedelta(seconds=seconds)


def _write(user: User, friend: User, status: int, stamp: int, **facts: str) -> None:
    changes = {"status": status, "status_changed_at": timezone.now(), "stamp": stamp, **facts}
    Friendship.objects.update_or_create(user=user, friend=friend, defaults=changes)


def _record(
    act: str, actor: Actor, user: User, friend: User, *, tell: bool = False, **facts: str | int
) -> None:
    record_friendship(
        f"friendship.{act}", actor=actor, user=user, friend=friend, tell=tell, **facts
    )
