"""What becomes of a removed person's friends, blacklists and groups, and what is kept of one."""

from typing import Any

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from rooms.models import Membership, Room
from rooms.services.members import locked_rooms_of
from rtcserver.dates import iso_date
from rtcserver.events import Actor
from rtcserver.models import SyncClock
from social.models import Block, Friendship, Notification
from social.services.departures import leave_locked_group


def forget_person(user: User, *, actor: Actor) -> None:
    """End all friendships and blacklist entries of `user` and leave all their groups.

    Runs in the transaction that removes the person and holds their row. The devices of
    friends and fellow members learn of it by sync. Records `group.member_left` for each group.
    """
    groups = locked_rooms_of(user, kind=Room.Kind.GROUP)
    stamp = SyncClock.tick()
    Notification.objects.of_user(user.pk).delete()
    friendships = Friendship.objects.filter(Q(user=user) | Q(friend=user))
    friendships.exclude(status=Friendship.Status.DELETED).hold().update(
        status=Friendship.Status.DELETED,
        status_changed_at=timezone.now(),
        display_name="",
        message="",
        stamp=stamp,
    )
    entries = Block.objects.active().filter(Q(user=user) | Q(blocked=user))
    entries.update(is_active=False, stamp=stamp)
    for group in groups:
        leave_locked_group(group, user, actor=actor, stamp=stamp)


def export_person(user: User) -> dict[str, Any]:
    """What social keeps about a person, JSON-able."""
    friends = Friendship.objects.filter(user=user).select_related("friend")
    blocks = Block.objects.active().filter(user=user).select_related("blocked")
    groups = Membership.objects.filter(user=user, room__kind=Room.Kind.GROUP)
    return {
        "friendships": [
            {
                "person": row.friend.public_id,
                "state": row.get_status_display(),
                "named": row.display_name,
                "message": row.message,
                "changed": iso_date(row.updated_at),
            }
            for row in friends
        ],
        "blacklist": [row.blocked.public_id for row in blocks],
        "groups": [
            {
                "group": member.room.public_id,
                "name": member.room.name,
                "own_name": member.display_name,
                "joined": iso_date(member.joined_at),
                "left": iso_date(member.left_at) if member.left_at else None,
            }
            for member in groups.select_related("room")
        ],
    }
