"""What people do in live rooms. Rules: docs/dialects/liveroom-rooms.md.

Whoever is in charge without being in the room acts through rooms/services/management.py.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import TokenInvalid
from accounts.models import User
from rooms.errors import NotInRoom, NotRoomOwner, PutOut, RoomIdTaken, TooManyRooms, UnknownRoom
from rooms.models import LiveRoom, Membership, Room, RoomBan, RoomReservation, room_key
from rooms.services import steps
from rooms.states import RoomState
from rtcserver.events import Actor

RESERVED_FOR = timedelta(hours=24)
TRIES = 20


@dataclass(frozen=True, slots=True)
class Entered:
    room: Room
    role: str
    opened: bool  # the room did not exist before


@transaction.atomic
def reserve_room_id(user: User, *, category: str = "", title: str = "") -> str:
    """Hand out a room id that nobody has; for 24 hours its first use makes `user` the owner.

    Nothing of it can be seen until somebody enters.

    Raises:
        TooManyRooms: RTC_LIVEROOM_ROOMS_PER_PERSON reservations and open rooms are theirs.
        TokenInvalid: The person was removed meanwhile.
    """
    if not steps.hold_person(user):
        raise TokenInvalid("Sign in again.")
    _check_number(user)
    expires_at = timezone.now() + RESERVED_FOR
    reserved = RoomReservation.objects.create(
        user=user, category=category, title=title, expires_at=expires_at
    )
    wanted = str(reserved.pk)
    for _try in range(TRIES):
        key = room_key(wanted)
        if not Room.across_teams.live().filter(key=key).exists():
            try:
                with transaction.atomic():
                    RoomReservation.objects.filter(pk=reserved.pk).update(key=key)
            except IntegrityError:
                pass  # the same random number twice
            else:
                return key
        wanted = str(10**9 + secrets.randbelow(9 * 10**9))  # a client chose the number before us
    raise RoomIdTaken("No room id is free.")


@transaction.atomic
def enter_room(
    user: User,
    *,
    actor: Actor,
    room_id: str = "",
    role: str = "",
    may_open: bool = True,
    **fields: str,
) -> Entered:
    """Come into a room; an unknown id is opened, and the owner's own closed room opened again.

    Args:
        room_id: Empty: a new room under an id of ours.
        role: A label of the client's own; who is inside already keeps the first one.
        may_open: Whether a room that is not there may be opened.
        fields: `app_id`, `category`, `title`; taken over from the owner alone.

    Raises:
        UnknownRoom: Closed, and not the caller's to open again.
        PutOut: Put out of this room until it closes.
        TooManyRooms: The room would be one too many.
        TokenInvalid: The person was removed meanwhile.

    Records `room.created` or `room.reopened` or, if the owner changed something,
    `room.updated`; and `room.entered` unless the person was inside.
    """
    if not steps.hold_person(user):
        raise TokenInvalid("Sign in again.")
    room = steps.find_locked(room_id) if room_id else None
    opened = room is None
    if room is None:
        if not may_open:
            raise TooManyRooms("Too many rooms were opened from here; wait a little.")
        room_id = room_id or reserve_room_id(user)
        room, opened = _open(user, room_id, fields, actor)
    state = room.state_at(timezone.now())
    if not opened and room.owner_id == user.pk:
        if state is RoomState.CLOSED:
            _open_again(room, user, actor)
        steps.change(room, {n: v for n, v in fields.items() if v}, by=user, actor=actor)
    elif state is RoomState.CLOSED:
        raise UnknownRoom("There is no such room.")
    if RoomBan.objects.filter(room=room, user=user).exists():
        raise PutOut("You were put out of this room.")
    return Entered(room, _come_in(room, user, role, actor), opened)


@transaction.atomic
def leave_room(user: User, room_id: str, *, actor: Actor) -> None:
    """Go; who is not inside has gone already. The owner's room stays theirs.

    Raises UnknownRoom: There never was one. Records `room.left`.
    """
    steps.leave(_locked(room_id), user, actor=actor)


@transaction.atomic
def update_room(
    user: User, room_id: str, changes: Mapping[str, Any], *, actor: Actor, role: str | None = None
) -> Room:
    """Change the room (its owner only) and the caller's own role (who is inside only).

    Args:
        changes: `category`, `title`, `cover`, `subject`, `description`; the rest stays.

    Raises UnknownRoom, NotRoomOwner, NotInRoom. Records `room.updated`, `room.role_changed`.
    """
    room = _open_one(room_id)
    if changes and room.owner_id != user.pk:
        raise NotRoomOwner("Only the owner changes the room.")
    if role is not None:
        inside = Membership.objects.present().filter(room=room, user=user)
        if not inside.exists():
            raise NotInRoom("You are not in the room.")
        if inside.exclude(role=role).update(role=role):
            who = steps.person_shown(user)
            steps.tell(
                room, "room.role_changed", actor, shown=who, member=user.public_id, role=role
            )
    steps.change(room, dict(changes), by=user, actor=actor)
    return room


@transaction.atomic
def destroy_room(user: User, room_id: str, *, actor: Actor) -> None:
    """End the caller's own room; once more changes nothing.

    Raises UnknownRoom, NotRoomOwner. Records `room.destroyed`.
    """
    room = _locked(room_id)
    if room.owner_id == user.pk:
        if room.closed_at is None:
            steps.close(room, actor=actor, reason="owner")
        return
    if room.state_at(timezone.now()) is RoomState.CLOSED:
        raise UnknownRoom("There is no such room.")
    raise NotRoomOwner("Only the owner ends the room.")


def _locked(room_id: str) -> Room:
    room = steps.find_locked(room_id)
    if room is None:
        raise UnknownRoom("There is no such room.")
    return room


def _open_one(room_id: str) -> Room:
    room = _locked(room_id)
    if room.state_at(timezone.now()) is RoomState.CLOSED:
        raise UnknownRoom("There is no such room.")
    return room


def _open(user: User, room_id: str, fields: dict[str, str], actor: Actor) -> tuple[Room, bool]:
    """A new room under `room_id`, of its reserver if there is one; or the one made meanwhile."""
    key, now = room_key(room_id), timezone.now()
    reserved = RoomReservation.objects.select_for_update(of=("self",)).select_related("user")
    reservation = reserved.filter(key=key, expires_at__gt=now).first()
    owner = reservation.user if reservation else user
    if reservation is None:
        _check_number(user)
    elif owner.pk != user.pk:
        fields = {"app_id": fields.get("app_id", "")}
    reserver_said = (
        {"category": reservation.category, "title": reservation.title} if reservation else {}
    )
    said = {n: v for n, v in reserver_said.items() if v} | {n: v for n, v in fields.items() if v}
    try:
        with transaction.atomic():
            room = open_live(key=key, owner=owner, team_id=steps.live_team().pk, fields=said)
    except IntegrityError:
        return _locked(room_id), False
    RoomReservation.objects.filter(key=key).delete()
    steps.tell(room, "room.created", actor, owner=owner.public_id, name=room.name)
    return room, True


def open_live(
    *, key: str | None, owner: User | None, team_id: int, fields: Mapping[str, str]
) -> Room:
    """The rows of a new live room; raises IntegrityError if `key` is taken."""
    now = timezone.now()
    room = Room.across_teams.create(
        kind=Room.Kind.LIVE,
        team_id=team_id,
        key=key,
        owner=owner,
        **{kept: fields[name] for name, kept in steps.OF_ROOM.items() if name in fields},
    )
    LiveRoom.objects.create(
        room=room,
        created_by=owner,
        updated_by=owner,
        updated_at=now,
        hosted_since=now,
        **{name: fields[name] for name in steps.OF_LIVE_ROOM if name in fields},
    )
    return room


def _open_again(room: Room, user: User, actor: Actor) -> None:
    if room.closed_at is None:  # over by the clock, and not swept yet
        steps.close(room, actor=steps.WORKER, reason="host silent")
    now = timezone.now()
    room.closed_at = None
    room.save(update_fields=["closed_at"])
    room.live.hosted_since = room.live.updated_at = now
    room.live.hidden_at, room.live.updated_by = None, user
    room.live.save(update_fields=["hosted_since", "updated_at", "updated_by", "hidden_at"])
    steps.tell(room, "room.reopened", actor, owner=user.public_id)


def _come_in(room: Room, user: User, role: str, actor: Actor) -> str:
    """The role the person has in the room from now on."""
    now = timezone.now()
    member, is_new = Membership.objects.get_or_create(
        room=room, user=user, defaults={"role": role, "joined_at": now}
    )
    if not is_new:
        if member.left_at is None:
            return member.role
        member.role, member.joined_at, member.left_at = role, now, None
        member.save(update_fields=["role", "joined_at", "left_at"])
    who = steps.person_shown(user)
    steps.tell(room, "room.entered", actor, shown=who, member=user.public_id, role=role)
    return role


def _check_number(user: User) -> None:
    held = user.owned_rooms.live().open().count()
    held += user.room_reservations.filter(expires_at__gt=timezone.now()).count()
    if held >= settings.LIVEROOM_ROOMS_PER_PERSON:
        raise TooManyRooms("Too many rooms are yours; destroy one first.")
