"""A room as one chatroom socket sees it: what it hears becomes frames, in order, nothing missing.

The topic of who comes and goes is joined before the seat is taken, so nothing that follows the
seat goes unheard; what came before it is told by the turn of the room, and left out.
"""

from functools import lru_cache
from typing import Protocol

from accounts.models import User
from chat.services.chatrooms import Joined
from chat.streams import Entry, Render, Stream, streams
from rtcserver.bus import Announcement, Message
from rtcserver.sockets import Code
from rtcserver.wire.chatroom_frames import Frame

SAID = ("message", "system")


class Sitter(Protocol):
    """The socket that a place belongs to."""

    id: str
    name: str

    def write(self, text: str) -> None: ...

    async def drained(self) -> None: ...

    def lost(self, place: "Place", code: int = 0, frame: Frame | None = None) -> None:
        """The seat is gone: the connection ends with `code`, or goes on behind `frame`."""


class Place:
    """One room of one socket."""

    user: User | None = None  # whose name it is, if that was proved

    def __init__(self, room_name: str, sitter: Sitter) -> None:
        self.room_name = room_name
        self._sitter = sitter
        self._joined: Joined | None = None
        self._waiting: list[Announcement] = []
        self._stream: Stream | None = None
        self._is_left = False

    @property
    def joined(self) -> Joined:
        assert self._joined, "not joined yet"  # noqa: S101 (for the type checker)
        return self._joined

    async def take(self, joined: Joined) -> None:
        """The seat is taken: from here on what is heard is written, and what was said is read."""
        self._joined = joined
        waiting, self._waiting = self._waiting, []
        for announcement in waiting:
            if not self._is_left:
                self.heard(announcement)
        stream = await streams.hold(joined.conversation)
        if self._is_left:  # the seat was lost while we waited
            streams.release(stream)
            return
        self._stream = stream
        await stream.attach(
            self._sitter,
            frames_of(self.room_name),
            since=joined.since,
            wanted=lambda: not self._is_left,
        )

    def leave(self) -> None:
        self._is_left = True
        if self._stream:
            self._stream.detach(self._sitter)
            streams.release(self._stream)
            self._stream = None

    def heard(self, announcement: Announcement) -> None:
        message = announcement.message
        if self._joined is None:
            self._waiting.append(announcement)
        elif message["room"] != self.joined.taken.room.public_id:
            return  # an earlier room of that name
        elif message["type"] == "room.gone":
            gone = Frame("error", self._sitter.name, "", self.room_name, "room not exist")
            self._sitter.lost(self, frame=gone)
        elif message["socket"] == self._sitter.id:
            self._hear_of_itself(message)
        elif message["type"] == "room.seat" and message["turn"] > self.joined.taken.turn:
            self._sitter.write(announcement.rendered(seat_frame))

    def _hear_of_itself(self, message: Message) -> None:
        if message["type"] == "room.seat_moved":
            self._sitter.lost(self, Code.TAKEN_OVER)
        elif message["change"] == "leave":
            left = Frame("user", message["name"], message["picture"], self.room_name, "leave")
            self._sitter.lost(self, frame=left)


def seat_frame(message: Message) -> str:
    """The `user` frame of somebody who came or went."""
    shown = (message["name"], message["picture"], message["room_name"], message["change"])
    return Frame("user", *shown).encoded()


@lru_cache(maxsize=4096)
def frames_of(room_name: str) -> Render:
    """One function for each room, so that entries are rendered once for all its sockets."""

    def render(_conversation: str, entries: list[Entry]) -> list[str]:
        frames = (entry_frame(room_name, entry) for entry in entries)
        return [frame for frame in frames if frame]

    return render


def entry_frame(room_name: str, entry: Entry) -> str:
    """The `msg` frame of an entry; empty if this dialect has no words for it."""
    if entry["kind"] not in SAID or entry["body"] is None:
        return ""
    body = entry["body"]
    text = body if isinstance(body, str) else f"[{entry['type']}]"
    sender = entry["sender"]
    return Frame("msg", sender["name"], sender["picture"], room_name, text).encoded()
