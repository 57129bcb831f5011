"""One ASGI application: HTTP on a bounded pool of threads, sockets on the event loop.

Django's own ASGI handler runs each sync view on a fresh thread, so every request would open a
database connection of its own; a2wsgi keeps the threads, and so the connections
(docs/decisions/0003-serving.md).
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from a2wsgi import WSGIMiddleware
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.urls import re_path

from rtcserver.wsgi import application as wsgi  # isort: skip  (loads the apps; models come after)

from rtcserver.buffering import Buffered
from rtcserver.events import use_loop
from rtcserver.worker import EmbeddedWorker

HTTP_THREADS = 8

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


async def lifespan(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Hand this process' event loop to the publisher while it serves, and sweep on a thread."""
    await receive()
    use_loop(asyncio.get_running_loop())
    worker = EmbeddedWorker() if settings.EMBEDDED_WORKER else None
    if worker:
        worker.start()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    if worker:
        await asyncio.to_thread(worker.stop)
    use_loop(None)
    await send({"type": "lifespan.shutdown.complete"})


async def no_such_socket(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Refuse the handshake of a path where no socket lives."""
    await receive()
    await send({"type": "websocket.close", "code": 4404})


sockets = URLRouter([re_path("", no_such_socket)])  # type: ignore[arg-type]
application = ProtocolTypeRouter(
    {
        "http": Buffered(WSGIMiddleware(wsgi, workers=HTTP_THREADS)),  # type: ignore[arg-type]
        "websocket": sockets,
        "lifespan": lifespan,
    }
)
