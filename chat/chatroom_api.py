"""Chatroom dialect: `/chatroom/...` (docs/dialects/chatroom.md)."""

from typing import Any

from django.conf import settings
from limits import RateLimitItemPerHour, parse
from rest_framework.exceptions import Throttled
from rest_framework.response import Response

from accounts.services import speaker_of
from rooms.errors import TooManyRooms
from rooms.reading import chat_room_stands, chat_rooms
from rooms.services.chat_rooms import open_chat_room
from rooms.services.seats import call_leave, call_seat
from rtcserver.events import Actor
from rtcserver.wire.base import client_address
from rtcserver.wire.chatroom import ChatroomView, answer, text
from rtcserver.wire.chatroom_frames import MAX_NAME
from rtcserver.wire.throttles import hit, wait_seconds

CALLS = parse("600/minute")  # into and out of rooms, per address
MOST_ROOMS = 1_000  # of a list
DIALECT = "chatroom"


def guest(name: str) -> Actor:
    """Somebody known by a name alone, as the event log names them."""
    return Actor("guest", name, DIALECT)


def may_open_rooms(address: str) -> bool:
    """Whether RTC_CHATROOM_ROOMS_PER_ADDRESS_HOUR allows one more from there."""
    return wait_seconds(_opened(), "chatroom rooms", address) is None


def note_opened(address: str) -> None:
    hit(_opened(), "chatroom rooms", address)


def _opened() -> RateLimitItemPerHour:
    return RateLimitItemPerHour(settings.CHATROOM_ROOMS_PER_HOUR)


class List(ChatroomView):
    """The rooms and how many are in them."""

    def act(self, sent: dict[str, Any]) -> Response:
        rooms = [
            {"name": chat.room.key, "population": chat.population}  # type: ignore[attr-defined]
            for chat in chat_rooms(MOST_ROOMS)
        ]
        return Response({"room_list": rooms})


class Create(ChatroomView):
    """Open a room; it waits ten minutes for its first member."""

    parameters = ("room_name",)

    def act(self, sent: dict[str, Any]) -> Response:
        name = text(sent, "room_name", MAX_NAME)
        address = client_address(self.request)
        if not may_open_rooms(address):
            raise TooManyRooms
        open_chat_room(name=name, actor=guest(""))
        note_opened(address)
        return answer("chatroom create successfully")


class Room(ChatroomView):
    """Take a seat in a room (`status=1`) or give it back (`status=0`)."""

    parameters = ("room_name", "user_name", "status")

    def act(self, sent: dict[str, Any]) -> Response:
        room_name, name = text(sent, "room_name"), text(sent, "user_name", MAX_NAME)
        status = text(sent, "status")
        address = client_address(self.request)
        if wait := hit(CALLS, "chatroom room", address):
            raise Throttled(wait)
        if status not in ("0", "1"):
            is_known = chat_room_stands(room_name)  # an unknown room is told before a bad status
            return answer("invalid status" if is_known else "invalid room")
        user = speaker_of(name, address=address, by_call=True)
        if status == "1":
            call_seat(room_name=room_name, name=name, actor=guest(name), user=user)
            return answer("join chatroom")
        call_leave(room_name=room_name, name=name, actor=guest(name))
        return answer("leave chatroom")
