"""Keeps slow clients away from the pool of threads.

A thread that waited for a client's bytes, or for a client to take its answer, would be lost to
everyone else: eight slow clients would stop the server. So a request enters the pool when its body
is complete, and its answer leaves the thread at once, however slowly it is read.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from rtcserver.errors import Kind
from rtcserver.wire import fallback
from rtcserver.wire.base import Failure

MAX_BODY = 8 * 1024 * 1024  # bytes; views set lower limits of their own
BODY_SECONDS = 30

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Receive, Send], Awaitable[None]]


class TooLarge(Exception):
    """The body exceeds MAX_BODY."""


class Buffered:
    """ASGI middleware for HTTP: reads the whole body first, and never blocks the inner app."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await read_body(receive)
        except TooLarge:
            await refuse(scope, send, 413, "body_too_large", "The body is too large.")
            return
        except TimeoutError:
            await refuse(scope, send, 408, "body_too_slow", "The body took too long.")
            return
        if body is None:  # the client went away
            return
        outgoing: asyncio.Queue[Message | None] = asyncio.Queue()
        forwarding = asyncio.create_task(forward(outgoing, send))
        try:
            await self._app(scope, replay(body), outgoing.put)
        finally:
            outgoing.put_nowait(None)
            await forwarding


async def read_body(receive: Receive) -> bytes | None:
    """The complete body, or None if the client disconnected before its end."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            raise TooLarge
        if not message.get("more_body", False):
            return bytes(body)


def replay(body: bytes) -> Receive:
    """A `receive` that gives the whole body at once."""
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Message:
        return next(messages, {"type": "http.disconnect"})

    return receive


async def forward(outgoing: "asyncio.Queue[Message | None]", send: Send) -> None:
    while (message := await outgoing.get()) is not None:
        await send(message)


async def refuse(scope: Any, send: Send, status: int, slug: str, message: str) -> None:
    """Answer in the dialect of the path, then close: the rest of the body is not read."""
    failure = Failure(Kind.INVALID, slug, message, status=status)
    answer = fallback.refusal(scope["path"], failure)
    headers = [(name.lower().encode(), value.encode()) for name, value in answer.items()]
    headers.append((b"connection", b"close"))
    status = answer.status_code
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.content})
