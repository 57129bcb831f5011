"""HTTP's threads: each runs Django's WSGI handler, and keeps its database connection.

A request with its whole body goes in, a whole answer comes out: one hop to the thread and one
back, whatever the number of pieces. So no thread waits for a client, on either side.
"""

import asyncio
import io
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

Headers = list[tuple[bytes, bytes]]
WSGIApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

REFUSED = "rtcserver.refused"  # in a scope and in META: the Failure of what did not get in
_NAMES = {"content-type": "CONTENT_TYPE"}


@dataclass(slots=True)
class Answer:
    status: int = 500
    headers: Headers = field(default_factory=list)
    body: bytes = b""


class Answers(Protocol):
    """Whatever takes a request with its whole body."""

    async def answer(self, scope: dict[str, Any], body: bytes) -> Answer: ...


class Pool:
    """Runs a WSGI application on `threads` threads."""

    def __init__(self, app: WSGIApp, threads: int) -> None:
        self._app = app
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="http")

    async def answer(self, scope: dict[str, Any], body: bytes) -> Answer:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._run, scope, body)

    def _run(self, scope: dict[str, Any], body: bytes) -> Answer:
        answer = Answer()

        def start_response(status: str, headers: list[tuple[str, str]], exc: Any = None) -> None:
            answer.status = int(status[:3])
            answer.headers = [(n.lower().encode(), v.encode("latin-1")) for n, v in headers]

        chunks = self._app(environ(scope, body), start_response)
        try:
            answer.body = b"".join(chunks)
        finally:
            if close := getattr(chunks, "close", None):
                close()
        if answer.body and not any(name == b"content-length" for name, _value in answer.headers):
            answer.headers.append((b"content-length", str(len(answer.body)).encode()))
        return answer


def environ(scope: dict[str, Any], body: bytes) -> dict[str, Any]:
    """What WSGI (PEP 3333) calls a request; `scope` is what ASGI calls it."""
    host, port = scope.get("server") or ("localhost", 0)
    client, client_port = scope.get("client") or ("", 0)
    made: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "CONTENT_LENGTH": str(len(body)),  # a chunked body came without
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or 0),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client,
        "REMOTE_PORT": str(client_port),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if REFUSED in scope:
        made[REFUSED] = scope[REFUSED]
    for raw, value in scope["headers"]:
        if b"_" in raw or raw in (b"content-length", b"transfer-encoding"):
            continue  # `x_forwarded_for` would pass for the header that a proxy sets
        name = raw.decode("latin-1")
        key = _NAMES.get(name) or "HTTP_" + name.upper().replace("-", "_")
        text = value.decode("latin-1")
        comma = "; " if name == "cookie" else ","
        made[key] = f"{made[key]}{comma}{text}" if key in made else text
    return made
