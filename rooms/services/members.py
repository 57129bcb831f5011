"""Rows of a room and of its members, for kinds of rooms whose rules live in an app above.

These functions decide nothing: the caller holds the lock of the room, has checked the
right to act, and gives the stamp of its transaction (0 for kinds that are not synced).
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from accounts.models import Team, User
from rooms.models import Membership, Room


def create_room(
    *, kind: Room.Kind, name: str, owner: User, stamp: int = 0, team: Team | None = None
) -> Room:
    """Open a room that nobody has entered yet."""
    return Room.across_teams.create(kind=kind, name=name, owner=owner, stamp=stamp, team=team)


def locked_room(*, kind: Room.Kind, public_id: str) -> Room | None:
    """Read a room and hold it until the transaction ends; None if there is none of that kind.

    Whoever needs rows of people locked as well takes them first, in the order of their ids.
    """
    rooms = Room.across_teams.select_for_update()  # no joins: a row waited for is read anew alone
    return rooms.filter(kind=kind, public_id=public_id).first()


def locked_rooms_of(user: User, *, kind: Room.Kind) -> list[Room]:
    """Lock every room of `kind` that `user` is present in, in the order of their ids."""
    present = Membership.objects.present().filter(user=user, room__kind=kind)
    wanted = list(present.values_list("room_id", flat=True))
    locked = list(Room.across_teams.select_for_update().filter(pk__in=wanted).order_by("id"))
    still = set(present.values_list("room_id", flat=True))  # meanwhile they may have been put out
    return [room for room in locked if room.pk in still]


def change_room(room: Room, *, stamp: int = 0, **facts: Any) -> None:
    """Set `facts` (name, picture, owner, closed_at) and the stamp of a locked room."""
    for name, value in {**facts, "stamp": stamp}.items():
        setattr(room, name, value)
    room.save(update_fields=[*facts, "stamp"])


def enter_room(room: Room, users: Iterable[User], *, joined_at: datetime, stamp: int = 0) -> None:
    """Make `users` present members; rows of those who had left are taken up again."""
    Membership.objects.bulk_create(
        [Membership(room=room, user=user, joined_at=joined_at, stamp=stamp) for user in users],
        update_conflicts=True,
        unique_fields=["room", "user"],
        update_fields=["role", "display_name", "joined_at", "left_at", "stamp"],
    )


def leave_room(room: Room, user_ids: Collection[int], *, left_at: datetime, stamp: int = 0) -> None:
    """Mark present members as gone; their rows stay, so that others' devices learn of it."""
    present = Membership.objects.present().filter(room=room, user_id__in=user_ids)
    present.hold().update(left_at=left_at, stamp=stamp)


def change_members(room: Room, user_ids: Collection[int], *, stamp: int = 0, **facts: Any) -> None:
    """Set `facts` (role, display_name) and the stamp of present members."""
    present = Membership.objects.present().filter(room=room, user_id__in=user_ids)
    present.hold().update(stamp=stamp, **facts)
