"""`/ws/chat`: the native protocol (docs/chat-protocol.md)."""

import asyncio
from typing import Any

from django.db import Error
from django.utils import timezone

from chat import notices
from chat.consumers import operations
from chat.consumers.here import here
from chat.consumers.subscribing import leave_topics
from chat.entries import shown_key
from chat.frames import SUBPROTOCOL
from chat.models import Conversation
from chat.outbox import Overloaded
from chat.principals import Check, Principal, check_of
from chat.services import Speaker
from chat.streams import Stream, streams
from rooms.services.signs import signs
from rtcserver.bus import Announcement
from rtcserver.dates import iso_date
from rtcserver.sockets import Closed, Code, OperationSocket, domain, frames
from rtcserver.sockets.frames import BadFrame, Frame, Ref
from rtcserver.sockets.opening import offered_credential

CREDENTIALS = ("bearer", "login", "ticket", "staff", "userId", "userSig", "token")
CREDENTIAL_LENGTH = 8_192


class ChatSocket(OperationSocket):
    """One client of the native protocol."""

    subprotocol = SUBPROTOCOL
    unavailable = (Overloaded, Error)

    def __init__(self) -> None:
        super().__init__()
        self.principal: Principal | None = None
        self.subscriptions: dict[str, tuple[Conversation, Stream]] = {}
        self._told: int | None = None  # the last notification written
        self._untold = False
        self._telling: asyncio.Task[None] | None = None
        self._check: Check | None = None
        self._expiry: asyncio.TimerHandle | None = None

    async def opened(self) -> None:
        """A browser cannot send headers: its credential may come as a second subprotocol."""
        try:
            offered = offered_credential(self.scope, "bearer", "login", "ticket")
        except ValueError:
            raise Closed(Code.UNAUTHENTICATED, "unreadable credential") from None
        if offered:
            await self._let_in(dict([offered]), None)

    async def closed(self, code: int) -> None:
        if self._expiry:
            self._expiry.cancel()
        here.remove(self)
        for public_id in list(self.subscriptions):
            self.drop(public_id)

    def heard(self, announcement: Announcement) -> None:
        """Signs that are not kept: typing, reading, presence, and what happens to a room."""
        shown = announcement.message.get("frame")
        mine = shown_key(self.speaker.key)
        if shown and shown["op"] == "typing" and shown["who"] == mine:
            return
        self.write(announcement.rendered(_sign))

    async def authenticate(self, frame: Frame, ref: Ref) -> None:
        await self._let_in(_credentials(frame), ref)

    async def act(self, op: str, frame: Frame, ref: Ref) -> None:
        looks_only = self.principal is not None and self.principal.looks_only
        act = operations.BY_NAME.get(op)
        if act is None or (looks_only and op not in operations.LOOKING):
            raise BadFrame("bad_op", "There is no such operation.")
        await act(self, frame, ref)

    async def _let_in(self, credentials: dict[str, str], ref: Ref) -> None:
        self._check = check_of(credentials)
        principal = await domain(_admitted, self._check) if self._check else None
        if principal is None:
            raise Closed(Code.UNAUTHENTICATED, "unknown, expired or revoked")
        self.principal, self.known = principal, True
        self._end_at_expiry(principal)
        here.add(self)
        await self.verify()  # signed out just before somebody would have told us
        speaker = principal.speaker
        you = {"key": speaker.key, "name": speaker.name, "picture": speaker.picture}
        self.write(frames.answer("welcome", ref, you=you, time=iso_date(timezone.now())))
        self.notify()

    @property
    def speaker(self) -> Speaker:
        if self.principal is None:
            raise Closed(Code.UNAUTHENTICATED, "the first frame is auth")
        return self.principal.speaker

    def notify(self) -> None:
        """Send what the person has not been told; called again meanwhile, once more."""
        if self.principal is None or self.principal.user_id is None:
            return
        self._untold = True
        if self._telling is None or self._telling.done():
            self._telling = asyncio.get_running_loop().create_task(self._tell())

    async def _tell(self) -> None:
        while self._untold and self.principal and self.principal.user_id:
            self._untold = False
            try:
                pending = await domain(notices.pending, self.principal.user_id, self._told)
            except Error:
                break  # told at the next occasion
            for notice in pending:
                self.write(frames.encode("notification", **notice))
                self._told = notice["id"]
            self._untold = self._untold or len(pending) == notices.PAGE
        self._telling = None  # a finished task weighs as much as a waiting one

    async def verify(self) -> None:
        """Somebody's logins changed: end unless the credential still counts."""
        again = self.principal and self.principal.ask_again
        try:
            still = await domain(again) if again else None
        except Error:
            return self.end(Code.RESUME, "unavailable, resume")
        if still is None:
            self.end(Code.UNAUTHENTICATED, "signed out")
        elif self.principal and still.speaker != self.principal.speaker:
            self.principal = still  # another name, or other teams
            here.recheck(c.pk for c, _stream in self.subscriptions.values())
        return None

    def drop(self, public_id: str) -> None:
        """Hear no more of a conversation."""
        found = self.subscriptions.pop(public_id, None)
        if found is None:
            return
        conversation, stream = found
        stream.detach(self)
        streams.release(stream)
        leave_topics(self, conversation)
        here.unwatch(conversation, self)

    def stop(self, conversation: Conversation) -> None:
        """Hear nothing of a conversation until `go_on`, `lost` or `drop`."""
        if found := self.subscriptions.get(conversation.public_id):
            found[1].stop(self)

    def go_on(self, conversation: Conversation) -> None:
        """Hear it again, and what was said meanwhile."""
        if found := self.subscriptions.get(conversation.public_id):
            found[1].go_on(self)

    def lost(self, conversation: Conversation) -> None:
        """The speaker may not read a conversation any more."""
        self.drop(conversation.public_id)
        self.write(frames.encode("unsubscribed", conversation=conversation.public_id))

    def _end_at_expiry(self, principal: Principal) -> None:
        if principal.expires_at:
            left = (principal.expires_at - timezone.now()).total_seconds()
            loop = asyncio.get_running_loop()
            self._expiry = loop.call_later(max(0.0, left), self._expired)

    def _expired(self) -> None:
        self.end(Code.UNAUTHENTICATED, "expired")


def _admitted(check: Check) -> Principal | None:
    """Whom a credential lets in; a person is there from now on (chat/beats.py)."""
    principal = check()
    if principal and principal.user_id:
        signs.note(principal.user_id)
    return principal


def _sign(message: dict[str, Any]) -> str:
    if message["type"] == "chat.sign":
        return frames.encode(**message["frame"])
    told = {name: message[name] for name in ("room", "event", "facts")}
    return frames.encode("event", **told)


def _credentials(frame: Frame) -> dict[str, str]:
    given: dict[str, Any] = {name: frame[name] for name in CREDENTIALS if name in frame}
    return {name: frames.text_in(given, name, most=CREDENTIAL_LENGTH) for name in given}
