"""`Socket`: the base of every consumer."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from channels.consumer import AsyncConsumer
from django.conf import settings
from django.db import Error

from rtcserver import metrics
from rtcserver.bus import Announcement, bus
from rtcserver.sockets.codes import Code
from rtcserver.sockets.opening import address_of, open_from, origin_allowed
from rtcserver.sockets.writing import Overfull, Writer

GRACE_SECONDS = 5  # for a client to take its good-bye

logger = logging.getLogger(__name__)


class Closed(Exception):
    """Ends a socket from inside `opened` or `received`."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Socket(AsyncConsumer):
    """One connection. Subclasses say what opens it, what a frame means and what it hears.

    Frames are handled one after another; while one is handled the next is not read from the
    network. What is heard is written at once, between frames.
    """

    authentication_seconds = 10.0  # until `self.known` is set
    frames_per_second = 20.0
    burst = 40.0
    patience_seconds = 15.0  # for a client that was too slow, until it reads why it was closed
    subprotocol: str | None = None

    scope: dict[str, Any]
    address: str
    known = False  # whom the socket is for; set by the subclass
    _writer: Writer
    _ending: asyncio.TimerHandle | None

    async def opened(self) -> None:
        """The handshake is done. Raise Closed to end it."""

    async def received(self, text: str) -> None:
        """A text frame came. Raise Closed to end the connection."""
        raise NotImplementedError

    async def received_binary(self) -> None:
        """A binary frame came; no dialect has any."""
        await self.received("")

    async def flooded(self) -> None:
        """A frame came too soon and is not handled; by default that ends the connection."""
        raise Closed(Code.TOO_MANY, "too many frames")

    async def closed(self, code: int) -> None:
        """The connection is gone, by whichever side."""

    def heard(self, announcement: Announcement) -> None:
        """Something was announced in a joined topic; must not wait and must not raise."""

    def join(self, topic: str) -> None:
        self._topics.add(topic)
        bus.subscribe(topic, self)

    def leave(self, topic: str) -> None:
        self._topics.discard(topic)
        bus.unsubscribe(topic, self)

    def write(self, text: str) -> None:
        """Send a frame without waiting; a client that reads too slowly is told to resume."""
        try:
            self._writer.write(text)
        except Overfull:
            self.end(Code.RESUME, "too slow, resume", cut=True)

    @property
    def is_over(self) -> bool:
        """Nothing that is written reaches the client any more."""
        return self._writer.closed

    async def drained(self) -> None:
        """Wait until the client has taken what was written."""
        await self._writer.drained()

    def end(self, code: int, reason: str = "", *, cut: bool = False) -> None:
        """Close from outside of `opened` and `received`.

        With `cut`, unsent frames are dropped; what the transport has already, at most its
        buffer and one frame, waits `patience_seconds` for the client to go on reading.
        """
        if self._writer.closed:
            return
        (self._writer.cut if cut else self._writer.close)(code, reason)
        self._leave_topics()
        seconds = self.patience_seconds if cut else GRACE_SECONDS
        self._ending = asyncio.get_running_loop().call_later(seconds, self._abort)

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        self.scope, self._receive, self._send = scope, receive, send
        self._topics: set[str] = set()
        self._ending = None
        self._allowance, self._refilled_at = self.burst, time.monotonic()
        self.address = address_of(scope)
        await receive()
        if not self._may_open():
            await send({"type": "websocket.close", "code": Code.FORBIDDEN})
            return
        self._writer = Writer(send)
        await send({"type": "websocket.accept", "subprotocol": self._offered()})
        open_from[self.address] += 1
        try:
            with metrics.sockets.labels(type(self).__name__).track_inprogress():
                await self._serve()
        finally:
            self._forget()

    def _may_open(self) -> bool:
        limit = settings.SOCKETS_PER_ADDRESS
        return origin_allowed(self.scope) and not (limit and open_from[self.address] >= limit)

    def _offered(self) -> str | None:
        return self.subprotocol if self.subprotocol in self.scope["subprotocols"] else None

    async def _serve(self) -> None:
        code = int(Code.FAULT)
        try:
            try:
                await self.opened()
                code = await self._read()
            except Closed as closed:
                code = closed.code
                self.end(closed.code, closed.reason)
            except Error:
                logger.warning("A socket ended: the database is away")
                self.end(Code.RESUME, "unavailable, resume")
        except Exception:
            logger.exception("A socket failed")
            self.end(Code.FAULT, "server fault")
        finally:
            self._leave_topics()
            await self.closed(code)

    async def _read(self) -> int:
        deadline = time.monotonic() + self.authentication_seconds
        while True:
            if self.known:
                event = await self._receive()
            else:
                event = await self._receive_before(deadline)
            if event["type"] == "websocket.disconnect":
                return int(event.get("code") or Code.NORMAL)
            if self._writer.closed:
                continue  # said good-bye; the other side has not heard it yet
            if not self._within_rate():
                await self.flooded()
            elif (text := event.get("text")) is not None:
                await self.received(text)
            else:
                await self.received_binary()

    async def _receive_before(self, deadline: float) -> dict[str, Any]:
        try:
            async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                return await self._receive()
        except TimeoutError:
            raise Closed(Code.UNAUTHENTICATED, "not authenticated in time") from None

    def _within_rate(self) -> bool:
        now = time.monotonic()
        grown = self._allowance + (now - self._refilled_at) * self.frames_per_second
        self._allowance, self._refilled_at = min(self.burst, grown), now
        if self._allowance < 1:
            return False
        self._allowance -= 1
        return True

    def _leave_topics(self) -> None:
        for topic in list(self._topics):
            self.leave(topic)

    def _forget(self) -> None:
        open_from[self.address] -= 1
        if open_from[self.address] <= 0:
            del open_from[self.address]
        if self._ending is None:
            self._writer.stop()

    def _abort(self) -> None:
        """Cut the connection of a client that did not take its good-bye."""
        self._writer.stop()
        transport = getattr(getattr(self._send, "__self__", None), "transport", None)
        if transport is not None:  # also while it is closing: it waits for its buffer to be read
            transport.abort()
