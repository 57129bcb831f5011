"""Keeps slow clients away from the pool of threads.

A thread that waited for a client's bytes, or for a client to take its answer, would be lost to
everyone else: eight slow clients would stop the server. So a request enters the pool when its body
is complete, and its answer leaves the thread at once, however slowly it is read.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from rtcserver.errors import Kind
from rtcserver.pool import REFUSED, Answers
from rtcserver.wire import fallback
from rtcserver.wire.base import Failure

MAX_BODY = 6 * 1024 * 1024  # bytes; views set lower limits of their own
MAX_HELD = 96 * 1024 * 1024  # bytes of unfinished bodies in this process
MAX_HEADERS = 64 * 1024  # bytes
BODY_SECONDS = 30

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Refused(Exception):
    """The request does not get in; args: status, slug, message."""


class Buffered:
    """ASGI application for HTTP: reads the whole body, then takes the whole answer from a pool."""

    def __init__(self, pool: Answers) -> None:
        self._pool = pool
        self._held = 0

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        try:
            check_headers(scope)
            body = await self._read_body(receive)
        except Refused as refused:
            status, slug, message = refused.args
            failure = Failure(Kind.INVALID, slug, message, status=status)
            answer = await self._pool.answer(scope | {REFUSED: failure}, b"")
            answer.headers.append((b"connection", b"close"))  # the rest of the body is not read
        else:
            if body is None:  # the client went away
                return
            answer = await self._pool.answer(scope, body)
        with contextlib.suppress(OSError):  # the client went away; nobody waits for the answer
            start = {"status": answer.status, "headers": answer.headers}
            await send({"type": "http.response.start", **start})
            await send({"type": "http.response.body", "body": answer.body})

    async def _read_body(self, receive: Receive) -> bytes | None:
        """The complete body, or None if the client disconnected before its end."""
        body = bytearray()
        try:
            async with asyncio.timeout(BODY_SECONDS):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    piece = message.get("body", b"")
                    body += piece
                    self._held += len(piece)
                    if len(body) > MAX_BODY:
                        raise Refused(413, "body_too_large", "The body is too large.")
                    if self._held > MAX_HELD:
                        raise Refused(503, "busy", "Too many unfinished requests.")
                    if not message.get("more_body", False):
                        return bytes(body)
        except TimeoutError:
            raise Refused(408, "body_too_slow", "The body took too long.") from None
        finally:
            self._held -= len(body)


def check_headers(scope: Any) -> None:
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADERS:
        raise Refused(431, "headers_too_large", "The headers are too large.")


async def refuse(scope: Any, send: Send, status: int, slug: str, message: str) -> None:
    """Answer in the dialect of the path, then close: the rest of the body is not read."""
    failure = Failure(Kind.INVALID, slug, message, status=status)
    answer = fallback.refusal(scope["path"], failure)
    headers = [(name.lower().encode(), value.encode()) for name, value in answer.items()]
    headers.append((b"connection", b"close"))
    status = answer.status_code
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.content})
