"""Chat rooms: opened by name, over when the last member is gone. Rules: docs/dialects/chatroom.md.

A room that is over gives its name free; the next one under it is another room.
"""

import time
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from rooms.errors import RoomClosed, RoomIdTaken
from rooms.models import ChatRoom, Room, RoomQuerySet, Seat
from rooms.services import steps
from rooms.states import never_joined_before, seated_at
from rtcserver.events import Actor, publish

LEFT = timedelta(seconds=60)  # how long after leaving by the socket a call may say so too
BATCH = 500
SWEEP_SECONDS = 20  # at most, then others of the same process get their turn


def topic_of(name: str) -> str:
    """Where it is announced who comes and goes in rooms of that name, one after the other."""
    return f"seats.{name}"


def name_of(topic: str) -> str:
    return topic.removeprefix("seats.")


@transaction.atomic
def open_chat_room(*, name: str, actor: Actor, is_kept: bool = False) -> Room:
    """Open a room that nobody has entered yet; it waits ten minutes, or for ever if it is kept.

    Raises RoomIdTaken: There is a room of that name. Records `room.created`.
    """
    if hold(name):
        raise RoomIdTaken("There is a room of that name.")
    return create(name, actor, is_kept=is_kept)


def create(name: str, actor: Actor, *, is_kept: bool = False) -> Room:
    """The rows of a new room; raises RoomIdTaken. Records `room.created`."""
    try:
        with transaction.atomic():
            room = Room.across_teams.create(kind=Room.Kind.CHAT, key=name, name=name)
            ChatRoom.objects.create(room=room, is_kept=is_kept)
    except IntegrityError:
        raise RoomIdTaken("There is a room of that name.") from None
    steps.tell(room, "room.created", actor, name=name)
    return room


@transaction.atomic
def keep_chat_room(*, name: str, actor: Actor) -> Room:
    """Have a room of that name that stays when nobody is in it. Records `room.created`."""
    try:
        return open_chat_room(name=name, actor=actor, is_kept=True)
    except RoomIdTaken:
        ChatRoom.objects.filter(room__kind=Room.Kind.CHAT, room__key=name).update(is_kept=True)
        return Room.across_teams.get(kind=Room.Kind.CHAT, key=name)


@transaction.atomic
def close_chat_room(room: Room, *, actor: Actor) -> None:
    """End a room, whoever is in it. Raises RoomClosed. Records `room.destroyed`."""
    held = _held(_locked().filter(pk=room.pk, closed_at=None).first())
    if held is None:
        raise RoomClosed("The room is closed.")
    _close(held, actor, "closed")


@transaction.atomic
def let_stay(room: Room, *, actor: Actor) -> None:
    """Keep an open room also when nobody is in it. Raises RoomClosed. Records `room.updated`."""
    if not _locked().filter(pk=room.pk, closed_at=None).exists():
        raise RoomClosed("The room is closed.")
    if ChatRoom.objects.filter(pk=room.pk, is_kept=False).update(is_kept=True):
        steps.tell(room, "room.updated", actor, changed=["is_kept"])


class Held:
    """A chat room and its seats, held until the transaction ends."""

    def __init__(self, room: Room) -> None:
        self.room, self.now = room, timezone.now()
        self.chat = ChatRoom.objects.get(pk=room.pk)
        self.seats = {seat.name: seat for seat in Seat.objects.filter(room=room)}

    @property
    def seated(self) -> list[Seat]:
        return [seat for seat in self.seats.values() if seat.is_seated(self.now)]

    @property
    def connected(self) -> list[Seat]:
        return [seat for seat in self.seats.values() if seat.is_connected(self.now)]

    @property
    def is_over(self) -> bool:
        if self.chat.is_kept or self.seated:
            return False
        never_joined = self.chat.entered_at is None
        return not never_joined or self.room.created_at <= never_joined_before(self.now)


def hold(name: str) -> Held | None:
    """The room of that name, held until the transaction ends; one that is over is ended first."""
    held = _held(_locked().filter(key=name).first())
    return held if held and settle(held) else None


def hold_again(room_id: int) -> Held:
    """A room that may be over, held until the transaction ends."""
    return Held(_locked().get(pk=room_id))


def settle(held: Held) -> bool:
    """Free the seats that lapsed, and end the room if it is over; False if it is.

    Records `room.left`, `room.destroyed`.
    """
    for seat in held.seats.values():
        if seat.is_taken and not seat.is_seated(held.now):
            free(held, seat, actor=steps.WORKER, reason="silent")
    if held.room.closed_at is None and held.is_over:
        _close(held, steps.WORKER, "empty")
    return held.room.closed_at is None


def free(held: Held, seat: Seat, *, actor: Actor, reason: str = "", told: bool = False) -> None:
    """Empty a seat and tell those who are connected. Records `room.left`.

    Args:
        told: They left by the socket, and may say so by a call for a minute.
    """
    if seat.socket:
        announce(held, "leave", seat)
    seat.called_until = seat.socket_until = None
    seat.socket, seat.left_until = "", held.now + LEFT if told else None
    seat.save(update_fields=["called_until", "socket_until", "socket", "left_until"])
    facts: dict[str, Any] = {"reason": reason} if reason else {}
    steps.tell(held.room, "room.left", actor, member=seat.name, **facts)


def announce(held: Held, change: str, seat: Seat) -> int:
    """Tell the sockets in a room that somebody came or went; returns its turn.

    Whoever joins the topic before they take a seat knows by the turn what came after it.
    """
    held.chat.turn += 1
    held.chat.save(update_fields=["turn"])
    publish(
        topic_of(held.room.name),
        "room.seat",
        room=held.room.public_id,
        room_name=held.room.name,
        change=change,
        name=seat.name,
        picture=seat.picture,
        socket=seat.socket,
        turn=held.chat.turn,
    )
    return held.chat.turn


def sweep_chat_rooms() -> int:
    """Settle every room where time changed something, and have the rooms that stay; how many."""
    for name in settings.CHATROOM_ROOMS:
        if not ChatRoom.objects.filter(room__key=name, is_kept=True).exists():
            keep_chat_room(name=name, actor=steps.WORKER)
    now = timezone.now()
    Seat.objects.filter(called_until=None, socket_until=None).filter(
        Q(left_until=None) | Q(left_until__lte=now)
    ).delete()
    settled, until = 0, time.monotonic() + SWEEP_SECONDS
    for room_id in _unsettled(now):
        with transaction.atomic():
            settle(hold_again(room_id))
        settled += 1
        if time.monotonic() > until:
            break
    return settled


def _locked() -> RoomQuerySet:
    """No joins in the locked read: PostgreSQL reads only the awaited row anew."""
    return Room.across_teams.select_for_update(of=("self",)).filter(kind=Room.Kind.CHAT)


def _held(room: Room | None) -> Held | None:
    return Held(room) if room else None


def _close(held: Held, actor: Actor, reason: str) -> None:
    room = held.room
    steps.tell(room, "room.destroyed", actor, reason=reason)
    room.closed_at, room.key = held.now, None
    room.save(update_fields=["closed_at", "key"])
    taken = Seat.objects.filter(room=room).exclude(called_until=None, socket_until=None)
    taken.update(called_until=None, socket_until=None, socket="")
    publish(topic_of(room.name), "room.gone", room=room.public_id)


def _unsettled(now: datetime) -> list[int]:
    """Rooms that have a lapsed seat or are over."""
    lapsed = Seat.objects.exclude(seated_at(now)).exclude(called_until=None, socket_until=None)
    rooms = {*lapsed.values_list("room", flat=True)[:BATCH]}
    over = ChatRoom.objects.filter(room__closed_at=None).exclude(
        pk__in=ChatRoom.objects.standing(now).values("pk")
    )
    return sorted(rooms | {*over.values_list("pk", flat=True)[:BATCH]})
