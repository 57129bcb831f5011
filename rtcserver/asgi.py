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

from rtcserver.wsgi import application as wsgi  # isort: skip  (loads the apps; models come after)

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


sockets = URLRouter([])
application = ProtocolTypeRouter(
    {
        "http": WSGIMiddleware(wsgi, workers=HTTP_THREADS),  # type: ignore[arg-type]
        "websocket": sockets,
        "lifespan": lifespan,
    }
)
