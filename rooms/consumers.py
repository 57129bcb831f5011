"""`/ws/rooms/<room id>/`: what happens in a live room (docs/dialects/liveroom-rooms.md)."""

import json
from typing import Any
from urllib.parse import parse_qs

from accounts.errors import TokenExpired, TokenInvalid
from rooms.attending import Attendance, Credential, attend
from rooms.errors import NotInRoom, UnknownRoom
from rooms.hall import gone, hall
from rtcserver.bus import Announcement
from rtcserver.sockets import Closed, Code, Socket, domain
from rtcserver.sockets.frames import is_storable, written
from rtcserver.sockets.opening import offered_credential

SUBPROTOCOL = "rtc.room"
MAX_CREDENTIAL = 8192
BAD_FRAMES = 20  # then the connection ends

FRAMES = {  # what happened -> what the frame is called
    "room.entered": "user_enter",
    "room.left": "user_leave",
    "room.member_kicked": "user_leave",
    "room.role_changed": "user_update",
    "room.updated": "room_update",
    "room.transferred": "owner_change",
    "room.hidden": "room_hidden",
    "room.shown": "room_shown",
    "room.destroyed": "room_destroyed",
}
TOLD = ("role", "reason")  # facts that clients are shown


class RoomSocket(Socket):
    """One client in one room. It says who it is, and hears; it has nothing else to say."""

    subprotocol = SUBPROTOCOL

    def __init__(self) -> None:
        self.attendance: Attendance | None = None
        self._dismissed = False
        self._refused = 0

    async def opened(self) -> None:
        given = _in_query(self.scope) or _in_subprotocols(self.scope)
        if given is not None:
            await self._authenticate(given)

    async def received(self, text: str) -> None:
        frame = _parsed(text)
        match frame.get("type"):
            case "auth" if self.attendance is None:
                await self._authenticate(frame)
            case "ping" if self.attendance:
                self.write('{"type":"pong"}')
            case _ if self.attendance is None:
                raise Closed(Code.UNAUTHENTICATED, "the first frame is auth")
            case _:
                self._refused += 1
                if self._refused > BAD_FRAMES:
                    raise Closed(Code.POLICY, "too many bad frames")
                self.write('{"type":"error","code":"bad_frame"}')

    async def closed(self, code: int) -> None:
        if self.attendance:
            hall.remove(self, self.attendance)
            if not self._dismissed:
                await gone(self.attendance)

    def heard(self, announcement: Announcement) -> None:
        message = announcement.message
        event, attendance = message.get("event"), self.attendance
        if attendance is None or event not in FRAMES:
            return
        self.write(announcement.rendered(_frame))
        mine = message["facts"].get("member") == attendance.member
        if event == "room.destroyed":
            self._room_is_gone()
        elif event == "room.member_kicked" and mine:
            self.dismiss(Code.PUT_OUT, "put out")
        elif event == "room.left" and mine:
            self.dismiss(Code.LEFT, "left")

    def dismiss(self, code: int, reason: str) -> None:
        self._dismissed = True
        self.end(code, reason)

    def destroyed(self) -> None:
        if not self._dismissed:
            self.write('{"type":"room_destroyed"}')
            self._room_is_gone()

    def _room_is_gone(self) -> None:
        self.dismiss(Code.ROOM_DESTROYED, "room destroyed")

    async def _authenticate(self, given: dict[str, Any]) -> None:
        room_id = self.scope["url_route"]["kwargs"]["room_id"]
        credential = _credential(given)
        if "\x00" in room_id:  # PostgreSQL cannot even compare with one
            raise Closed(Code.NOT_FOUND, "no such room")
        try:
            found = await domain(attend, room_id, credential)
        except (TokenExpired, TokenInvalid):
            raise Closed(Code.UNAUTHENTICATED, "unknown, expired or revoked") from None
        except UnknownRoom:
            raise Closed(Code.NOT_FOUND, "no such room") from None
        except NotInRoom:
            raise Closed(Code.FORBIDDEN, "not in the room") from None
        self.attendance, self.known = found, True
        hall.add(self, found)
        self.join(found.topic)
        welcome = {"roomId": found.key, "userId": credential.user_id, "status": found.status}
        self.write(written({"type": "welcome", **welcome}))
        await hall.check([self])  # what happened before the topic was joined


def _frame(message: dict[str, Any]) -> str:
    event, facts = message["event"], message["facts"]
    told = {name: facts[name] for name in TOLD if name in facts}
    if event == "room.member_kicked":
        told["reason"] = "put out"
    return written({"type": FRAMES[event], **(message.get("shown") or {}), **told})


def _parsed(text: str) -> dict[str, Any]:
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return frame if isinstance(frame, dict) else {}


def _in_query(scope: dict[str, Any]) -> dict[str, Any] | None:
    """The original's way. A query that names nobody is none: the client says it later."""
    try:
        query = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=20)
    except ValueError:  # far too many
        return None
    given = {name: values[-1] for name, values in query.items()}
    return given if {"userSig", "token"} & given.keys() else None


def _in_subprotocols(scope: dict[str, Any]) -> dict[str, Any] | None:
    """`auth.<base64url of JSON>` beside SUBPROTOCOL."""
    try:
        offered = offered_credential(scope, "auth")
    except ValueError:
        return {}
    return _parsed(offered[1]) if offered else None


def _credential(given: dict[str, Any]) -> Credential:
    user_id = given.get("userId") or given.get("apaasUserId") or ""
    shown = [user_id, given.get("userSig") or "", given.get("token") or ""]
    readable = all(isinstance(text, str) and len(text) <= MAX_CREDENTIAL for text in shown)
    if not readable or not all(map(is_storable, shown)):
        raise Closed(Code.UNAUTHENTICATED, "unreadable credential")
    return Credential(*shown)
