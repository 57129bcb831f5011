"""The chatroom dialect's WebSocket: join, msg and leave frames (docs/dialects/chatroom.md)."""

import asyncio
import secrets
import time
from contextlib import suppress
from urllib.parse import parse_qs

from django.conf import settings
from django.db import Error

from accounts.errors import UnknownUser
from accounts.models import User
from accounts.services import speaker_of, use_chat_ticket
from chat.chatroom_api import guest, may_open_rooms, note_opened
from chat.chatroom_places import Place
from chat.errors import ConversationClosed, NotInConversation, TooManyMessages
from chat.outbox import Overloaded, outbox
from chat.services import Draft
from chat.services.chatrooms import Joined, join_chat_room, speaker_in_room
from rooms.errors import NotInRoom, RoomFull, SeatTaken, TooManyRooms, UnknownRoom
from rooms.reading import chat_room_stands
from rooms.services.chat_rooms import name_of, topic_of
from rooms.services.seats import RENEW_SECONDS, leave_seat, renew_seats
from rtcserver.bus import Announcement
from rtcserver.errors import DomainError
from rtcserver.sockets import Beat, Code, Socket, domain
from rtcserver.wire.chatroom_frames import BadFrame, Frame, error, read_frame

MAX_ROOMS = 20  # of one socket
FRAMES_PER_SECOND, BURST = 20.0, 40.0
RETRY_SECONDS, RETRIES = 0.5, 24  # of a message that came too soon, or finds no database
TEXTS: dict[type[DomainError], str] = {  # every other refusal is "illegal data"
    RoomFull: "room full",
    TooManyRooms: "room not exist",
    UnknownRoom: "room not exist",
    ConversationClosed: "room not exist",
    SeatTaken: "user not exist",
    UnknownUser: "user not exist",
    NotInRoom: "user not exist",
    NotInConversation: "user not exist",
}

_seated: set[str] = set()  # sockets of this process that have a seat


class ChatroomSocket(Socket):
    """One connection of a client; in any number of rooms, under one name at a time.

    A client that sends too fast is not refused but read more slowly.
    """

    frames_per_second = burst = 1e9
    known = True  # there is nothing to log in with; names are asked at each join

    async def opened(self) -> None:
        self.id = secrets.token_hex(12)
        self.name = ""
        self._places: dict[str, Place] = {}  # by the name of the room
        self._pace, self._paced_at = BURST, time.monotonic()
        query = parse_qs(self.scope["query_string"].decode("latin-1"))
        ticket = query.get("ticket", [""])[0]
        self._ticket_of = await domain(use_chat_ticket, ticket) if ticket else None

    async def received(self, text: str) -> None:
        await self._keep_pace()
        try:
            frame = read_frame(text)
        except BadFrame as refusal:
            self.write(refusal.answer.encoded())
            return
        try:
            await self._handle(frame)
        except DomainError as refusal:
            self.write(error(TEXTS.get(type(refusal), "illegal data"), frame).encoded())

    def heard(self, announcement: Announcement) -> None:
        if place := self._places.get(name_of(announcement.topic)):
            place.heard(announcement)

    def lost(self, place: Place, code: int = 0, frame: Frame | None = None) -> None:
        self._drop(place)
        if frame:
            self.write(frame.encoded())
        if code:
            self.end(code, Code(code).name.lower().replace("_", " "))

    async def closed(self, code: int) -> None:
        for place in list(self._places.values()):
            self._drop(place)
            with suppress(Error):  # the lease of the seat ends by itself
                await self._give_back(place)

    async def _handle(self, frame: Frame) -> None:
        if frame.type == "join":
            await self._join(frame)
            return
        place = self._places.get(frame.room_name)
        if place is None and not await domain(chat_room_stands, frame.room_name):
            raise UnknownRoom
        if place is None or frame.user_name != self.name:
            raise NotInRoom
        if frame.type == "msg":
            await self._say(place, frame)
        else:
            self._drop(place)
            await self._give_back(place)
            self._tell(frame, "leave")

    async def _join(self, frame: Frame) -> None:
        if self._places and frame.user_name != self.name:
            raise SeatTaken("This socket has another name.")
        if frame.room_name in self._places:
            self._tell(frame, "join")
            return
        if len(self._places) >= MAX_ROOMS:
            raise RoomFull
        place = self._places[frame.room_name] = Place(frame.room_name, self)
        self.join(topic_of(frame.room_name))
        try:
            joined, place.user = await domain(self._take_seat, frame)
        except BaseException:
            self._drop(place)
            raise
        self.name = frame.user_name
        _seated.add(self.id)
        self._tell(frame, "create" if joined.taken.is_first else "join")
        await place.take(joined)

    def _take_seat(self, frame: Frame) -> tuple[Joined, User | None]:
        user = speaker_of(frame.user_name, address=self.address, ticket_of=self._ticket_of)
        joined = join_chat_room(
            room_name=frame.room_name,
            name=frame.user_name,
            picture=frame.user_avatar,
            socket=self.id,
            actor=guest(frame.user_name),
            user=user,
            may_open=may_open_rooms(self.address),
        )
        if joined.taken.is_opened:
            note_opened(self.address)
        return joined, user

    async def _say(self, place: Place, frame: Frame) -> None:
        draft = Draft(
            conversation_id=place.joined.conversation.pk,
            speaker=speaker_in_room(self.name, frame.user_avatar, place.user),
            body=frame.msg,
            client_id=secrets.token_hex(12),  # tried again, it is stored once
        )
        for _try in range(RETRIES):
            try:
                await outbox.post(draft)
            except (TooManyMessages, Overloaded, Error):
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return
        raise TooManyMessages

    async def _give_back(self, place: Place) -> None:
        await domain(
            leave_seat,
            room_id=place.joined.taken.room.pk,
            name=self.name,
            socket=self.id,
            actor=guest(self.name),
        )

    def _drop(self, place: Place) -> None:
        """Hear nothing of a room any more."""
        place.leave()
        self._places.pop(place.room_name, None)
        self.leave(topic_of(place.room_name))
        if not self._places:
            _seated.discard(self.id)

    def _tell(self, about: Frame, change: str) -> None:
        shown = (about.user_name, about.user_avatar, about.room_name)
        self.write(Frame("user", *shown, change).encoded())

    async def _keep_pace(self) -> None:
        """Wait until the next frame is due; the network waits along."""
        if not settings.RATE_LIMITS:
            return
        now = time.monotonic()
        grown = self._pace + (now - self._paced_at) * FRAMES_PER_SECOND
        self._pace, self._paced_at = min(BURST, grown) - 1, now
        if self._pace < 0:
            await asyncio.sleep(-self._pace / FRAMES_PER_SECOND)


async def renew() -> None:
    """Prolong the seats of this process; those of a process that died lapse."""
    if _seated:
        await domain(renew_seats, list(_seated))


beat = Beat("chatroom seats", RENEW_SECONDS, renew)
