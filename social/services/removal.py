"""What becomes of a removed person's friends, blacklists and groups."""

from typing import Any

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from rooms.models import Room
from rooms.services.members import locked_rooms_of
from rtcserver.events import Actor
from rtcserver.models import SyncClock
from social.models import Block, Friendship
from social.services.departures import leave_locked_group


def forget_person(user: User, *, actor: Actor) -> None:
    """End all friendships and blacklist entries of `user` and leave all their groups.

    Runs in the transaction that removes the person and holds their row. The devices of
    friends and fellow members learn of it by sync. Records `group.member_left` for each group.
    """
    groups = locked_rooms_of(user, kind=Room.Kind.GROUP)
    stamp = SyncClock.tick()
    about = Q(user=user) | Q(friend=user)
    ended: dict[str, Any] = {"status": Friendship.Status.DELETED, "stamp": stamp}
    kept = Friendship.objects.filter(about).exclude(status=Friendship.Status.DELETED)
    kept.update(**ended, display_name="", message="", status_changed_at=timezone.now())
    Block.objects.active().filter(Q(user=user) | Q(blocked=user)).update(
        is_active=False, stamp=stamp
    )
    for group in groups:
        leave_locked_group(group, user, actor=actor, stamp=stamp)
