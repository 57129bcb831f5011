"""What a team does with its rooms from outside: its back office and its staff."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from rooms.errors import NotInRoom, RoomIdTaken
from rooms.models import Membership, Room, RoomBan, room_key
from rooms.services import steps
from rooms.services.live import open_live
from rtcserver.events import Actor


@transaction.atomic
def open_room(
    *, actor: Actor, team_id: int, key: str | None = None, fields: Mapping[str, Any]
) -> Room:
    """Open a room that is nobody's: it stays visible until the team closes it.

    Args:
        key: The id under which LiveRoom clients enter it; only rooms of their team have one.
        fields: `app_id`, `category`, `title`, `cover`, `subject`, `description`.

    Raises:
        RoomIdTaken: There is, or was, a room under `key`.

    Records `room.created`.
    """
    key = room_key(key) if key else None
    try:
        with transaction.atomic():
            room = open_live(key=key, owner=None, team_id=team_id, fields=fields)
    except IntegrityError:
        raise RoomIdTaken("There is a room of that id.") from None
    steps.tell(room, "room.created", actor, name=room.name)
    return room


@transaction.atomic
def change_room(
    room: Room, changes: Mapping[str, Any], *, actor: Actor, owner: User | None = None
) -> None:
    """Change what is given of `app_id`, `category`, `title`, `cover`, `subject`, `description`.

    With `owner` the room is handed over too, all or nothing: see `transfer_room`.

    Raises RoomClosed, NotInRoom. Records `room.updated` if anything differs.
    """
    if owner:
        steps.hold_person(owner)
    room = steps.locked(room)
    steps.change(room, dict(changes), by=None, actor=actor)
    if owner:
        transfer_room(room, owner, actor=actor)


@transaction.atomic
def close_room(room: Room, *, actor: Actor) -> None:
    """End a room, whoever owns it. Raises RoomClosed. Records `room.destroyed`."""
    steps.close(steps.locked(room), actor=actor, reason="closed")


@transaction.atomic
def kick_member(room: Room, user: User, *, actor: Actor) -> None:
    """Put somebody out; they stay out until the room closes.

    Raises RoomClosed, NotInRoom. Records `room.member_kicked`.
    """
    steps.hold_person(user)  # the ban names them by foreign key: the person before the room
    room = steps.locked(room)
    present = Membership.objects.present().filter(room=room, user=user)
    if not present.update(left_at=timezone.now()):
        raise NotInRoom("That person is not in the room.")
    RoomBan.objects.get_or_create(room=room, user=user)
    who = steps.person_shown(user)
    steps.tell(room, "room.member_kicked", actor, shown=who, member=user.public_id)


@transaction.atomic
def transfer_room(room: Room, user: User, *, actor: Actor) -> None:
    """Make somebody who is in the room its owner; their silence counts from now on.

    Raises RoomClosed, NotInRoom. Records `room.transferred`.
    """
    steps.hold_person(user)
    room = steps.locked(room)
    if not Membership.objects.present().filter(room=room, user=user).exists():
        raise NotInRoom("That person is not in the room.")
    former = room.owner.public_id if room.owner else None
    room.owner = user
    room.save(update_fields=["owner"])
    room.live.hosted_since = timezone.now()
    room.live.save(update_fields=["hosted_since"])
    who = steps.person_shown(user)
    steps.tell(
        room, "room.transferred", actor, shown=who, owner=user.public_id, former_owner=former
    )


@transaction.atomic
def hand_to_next(room: Room, *, actor: Actor) -> None:
    """Make whoever has been in the room longest, beside the owner, its owner.

    Raises RoomClosed; NotInRoom: Nobody else is there. Records `room.transferred`.
    """
    room = steps.locked(room)
    others = Membership.objects.inside().filter(room=room).exclude(user_id=room.owner_id or 0)
    heir = others.select_related("user").order_by("joined_at", "id").first()
    if heir is None:
        raise NotInRoom("Nobody else is in the room.")
    transfer_room(room, heir.user, actor=actor)
