"""Writing to one socket without waiting for it, and without letting it grow."""

import asyncio
import types
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any

Send = Callable[[dict[str, Any]], Awaitable[None]]

MAX_FRAMES = 256
MAX_BYTES = 1 << 20


class Overfull(Exception):
    """The client does not read, and its backlog is full."""


class Writer:
    """Frames to one client, in order.

    A frame is normally handed to the transport at once: the server's `send` is stepped by hand and
    has finished when it returns. Only while the client is slow there is a task and a backlog.
    """

    __slots__ = ("_backlog", "_bytes", "_send", "_task", "closed")

    def __init__(self, send: Send) -> None:
        self._send = send
        self._backlog: deque[dict[str, Any]] | None = None
        self._bytes = 0
        self._task: asyncio.Task[None] | None = None
        self.closed = False

    def write(self, text: str) -> None:
        """Raises Overfull when more than MAX_FRAMES or MAX_BYTES wait."""
        self._put({"type": "websocket.send", "text": text})

    async def drained(self) -> None:
        """Wait until the client has taken what was written."""
        if self._task:
            await asyncio.wait([self._task])

    def close(self, code: int, reason: str = "") -> None:
        """Say good-bye behind what is already written; later frames go nowhere."""
        if not self.closed:
            self._put({"type": "websocket.close", "code": code, "reason": reason})
            self.closed = True

    def cut(self, code: int, reason: str) -> None:
        """Say good-bye instead of what waits."""
        if self._backlog:
            self._backlog.clear()
        self._bytes = 0
        self.close(code, reason)

    def stop(self) -> None:
        """The connection is gone."""
        self.closed = True
        if self._task:
            self._task.cancel()

    def _put(self, event: dict[str, Any]) -> None:
        if self.closed:
            return
        if self._backlog is None:
            self._step(event)
            return
        size = _size(event)
        if size and (len(self._backlog) >= MAX_FRAMES or self._bytes + size > MAX_BYTES):
            raise Overfull
        self._backlog.append(event)
        self._bytes += size

    def _step(self, event: dict[str, Any]) -> None:
        sending: Coroutine[Any, Any, None] = self._send(event)  # type: ignore[assignment]
        try:
            waits_for = sending.send(None)
        except StopIteration:
            return
        except Exception:  # noqa: BLE001 (the client is gone; its reader is told so)
            self.closed = True
            return
        self._backlog = deque()
        self._task = asyncio.get_running_loop().create_task(self._drain(sending, waits_for))

    async def _drain(self, sending: Coroutine[Any, Any, None], waits_for: Any) -> None:
        try:
            await _rest_of(sending, waits_for)
            while self._backlog:
                event = self._backlog.popleft()
                self._bytes -= _size(event)
                await self._send(event)
        except Exception:  # noqa: BLE001 (the client is gone; its reader is told so)
            self.closed = True
        self._backlog = self._task = None


def _size(event: dict[str, Any]) -> int:
    """Bytes of its text on the wire; a good-bye has none."""
    text = event.get("text", "")
    return len(text) if text.isascii() else len(text.encode())


@types.coroutine
def _rest_of(coroutine: Coroutine[Any, Any, None], waits_for: Any) -> Generator[Any, Any, None]:
    """Go on, inside a task, with a coroutine that was stepped until it had to wait."""
    while True:
        yield waits_for
        try:
            waits_for = coroutine.send(None)
        except StopIteration:
            return
