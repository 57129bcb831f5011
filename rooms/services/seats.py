"""Seats of chat rooms: taken by a call for a minute, by a socket for as long as it lives.

How many there are is settled under the lock of the room.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from rooms.errors import NotInRoom, RoomFull, RoomIdTaken, SeatTaken, TooManyRooms, UnknownRoom
from rooms.models import Room, Seat
from rooms.services import steps
from rooms.services.chat_rooms import (
    Held,
    announce,
    create,
    free,
    hold,
    hold_again,
    settle,
    topic_of,
)
from rtcserver.events import Actor, publish

CALL_SECONDS = 60  # how long a call keeps a seat that no socket takes
LEASE_SECONDS = 45  # a crashed server's sockets are gone after this
RENEW_SECONDS = 15
CHUNK = 5_000  # sockets in one statement


@dataclass(frozen=True, slots=True)
class Taken:
    """A seat that a socket holds now."""

    room: Room
    is_first: bool  # no other socket is in the room
    is_opened: bool  # the room was not there before
    turn: int  # what is announced later has a higher one


@transaction.atomic
def call_seat(*, room_name: str, name: str, actor: Actor, user: User | None = None) -> None:
    """Take a seat for a minute, or prolong it; whoever is a member stays one.

    Raises:
        UnknownRoom: There is no such room.
        RoomFull: RTC_CHATROOM_CAPACITY others are seated.

    Records `room.entered` unless the name was seated.
    """
    held = hold(room_name)
    if held is None:
        raise UnknownRoom("There is no such room.")
    seat, was_seated = _seat(held, name)
    seat.called_until = held.now + timedelta(seconds=CALL_SECONDS)
    if not was_seated:
        seat.user, seat.left_until = user, None
    seat.save()
    if not was_seated:
        _entered(held, name, actor)


@transaction.atomic
def call_leave(*, room_name: str, name: str, actor: Actor) -> None:
    """Give back the seat a call took. A socket's own stays until the socket leaves.

    Who left by the socket within a minute may say so once more.

    Raises UnknownRoom, NotInRoom. Records `room.left`.
    """
    held = hold(room_name)
    seat = held.seats.get(name) if held else None
    if held and seat and seat.is_connected(held.now):
        Seat.objects.filter(pk=seat.pk).update(called_until=None)
    elif held and seat and seat.is_seated(held.now):
        free(held, seat, actor=actor)
        settle(held)
    elif not _forget_leaving(room_name, name):
        if held is None:
            raise UnknownRoom("There is no such room.")
        raise NotInRoom("Nobody of that name is in the room.")


@transaction.atomic
def take_seat(
    *,
    room_name: str,
    name: str,
    picture: str,
    socket: str,
    actor: Actor,
    user: User | None = None,
    may_open: bool = True,
) -> Taken:
    """Have a socket take the seat of a name; a room that is not there is opened.

    Args:
        socket: Which socket, as it is told apart in all processes.
        user: Whose name it is, if that was proved. They may take over their seat from another
            socket of theirs, which is told on the room's topic.

    Raises:
        TooManyRooms: The room is not there, and may not be opened.
        RoomFull: RTC_CHATROOM_CAPACITY others are seated.
        SeatTaken: Somebody else is seated under that name.

    Records `room.entered` unless the name was seated, and `room.created`.
    """
    held, is_opened = hold(room_name), False
    if held is None:
        held, is_opened = _open(room_name, actor, may_open)
    seat, was_seated = _seat(held, name)
    before = seat.socket if seat.is_connected(held.now) else ""
    is_own = user is not None and seat.user_id == user.pk
    if not is_own and ((before and before != socket) or (was_seated and seat.user_id)):
        raise SeatTaken("Somebody else is in the room under that name.")
    is_first = not any(other.name != name for other in held.connected)
    seat.picture, seat.socket, seat.user, seat.left_until = picture, socket, user, None
    seat.socket_until = held.now + timedelta(seconds=LEASE_SECONDS)
    seat.save()
    if not was_seated:
        _entered(held, name, actor)
    if not before:
        return Taken(held.room, is_first, is_opened, turn=announce(held, "join", seat))
    if before != socket:
        publish(topic_of(room_name), "room.seat_moved", room=held.room.public_id, socket=before)
    return Taken(held.room, is_first=False, is_opened=False, turn=held.chat.turn)


@transaction.atomic
def leave_seat(*, room_id: int, name: str, socket: str, actor: Actor) -> bool:
    """Leave the seat a socket holds; False if it does not hold it any more.

    A room that nobody is left in is over. Records `room.left`, `room.destroyed`.
    """
    held = hold_again(room_id)
    seat = held.seats.get(name)
    if seat is None or seat.socket != socket:
        return False
    free(held, seat, actor=actor, told=True)
    settle(held)
    return True


def renew_seats(sockets: Collection[str]) -> None:
    """Say that these sockets live; one statement for thousands."""
    now = timezone.now()
    until = now + timedelta(seconds=LEASE_SECONDS)
    wanted = sorted(sockets)
    for start in range(0, len(wanted), CHUNK):
        chunk = Seat.objects.connected(now).filter(socket__in=wanted[start : start + CHUNK])
        chunk.update(socket_until=until)


@transaction.atomic
def forget_person(user: User, *, actor: Actor) -> None:
    """Free the seats of a person who is being removed or refused. Records `room.left`."""
    seats = Seat.objects.filter(user=user).exclude(called_until=None, socket_until=None)
    for room_id in list(seats.order_by("room").values_list("room", flat=True)):
        held = hold_again(room_id)
        for seat in held.seats.values():
            if seat.user_id == user.pk and seat.is_taken:
                free(held, seat, actor=actor, reason="removed")
        settle(held)


def _seat(held: Held, name: str) -> tuple[Seat, bool]:
    """The seat of a name, and whether it is taken; a free one only if there is room."""
    seat = held.seats.get(name)
    if seat and seat.is_seated(held.now):
        return seat, True
    if len(held.seated) >= settings.CHATROOM_CAPACITY:
        raise RoomFull("The room is full.")
    return seat or Seat(room=held.room, name=name), False


def _entered(held: Held, name: str, actor: Actor) -> None:
    if held.chat.entered_at is None:
        held.chat.entered_at = held.now
        held.chat.save(update_fields=["entered_at"])
    steps.tell(held.room, "room.entered", actor, member=name)


def _open(name: str, actor: Actor, may_open: bool) -> tuple[Held, bool]:
    """The room, and whether it is new: somebody may have opened it at the same moment."""
    if not may_open:
        raise TooManyRooms("Too many rooms were opened from here; wait a little.")
    is_opened = True
    try:
        create(name, actor)
    except RoomIdTaken:
        is_opened = False
    held = hold(name)
    if held is None:
        raise UnknownRoom("The room was closed at this moment.")
    return held, is_opened


def _forget_leaving(room_name: str, name: str) -> bool:
    """Whether the name left a room of that name by its socket just now; it may say so once."""
    left = Seat.objects.filter(room__kind=Room.Kind.CHAT, room__name=room_name, name=name)
    seat = left.filter(left_until__gt=timezone.now()).order_by("-left_until").first()
    return seat is not None and Seat.objects.filter(pk=seat.pk).update(left_until=None) == 1
