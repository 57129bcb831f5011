"""One ASGI application: HTTP on a bounded pool of threads, sockets on the event loop.

Django's own ASGI handler runs each sync view on a fresh thread, so every request would open a
database connection of its own; rtcserver/pool.py keeps the threads, and so the connections
(docs/decisions/0003-serving.md).
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.urls import path, re_path

from rtcserver.wsgi import application as wsgi  # isort: skip  (loads the apps; models come after)

from accounts.event_stream import EventStream
from chat.chatroom_socket import ChatroomSocket
from chat.consumers import ChatSocket
from rooms.consumers import RoomSocket
from rooms.keepalives import Keepalives
from rtcserver import tracing
from rtcserver.buffering import Buffered, refuse
from rtcserver.bus import bus
from rtcserver.pool import Pool
from rtcserver.sockets import beating
from rtcserver.worker import EmbeddedWorker
from sessions_api.consumers import CallSocket

HTTP_THREADS = 8

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


async def lifespan(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Announce on this process' event loop while it serves, and sweep on a thread."""
    await receive()
    bus.use_loop(asyncio.get_running_loop())
    listening = asyncio.create_task(bus.listen())
    worker = EmbeddedWorker() if settings.EMBEDDED_WORKER else None
    if worker:
        worker.start()
    async with beating():
        await send({"type": "lifespan.startup.complete"})
        await receive()
    if worker:
        await asyncio.to_thread(worker.stop)
    await asyncio.to_thread(tracing.stop)  # the signal that ends the server ends what is at exit
    listening.cancel()
    bus.use_loop(None)
    await send({"type": "lifespan.shutdown.complete"})


async def no_such_socket(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Refuse the handshake of a path where no socket lives."""
    await receive()
    await send({"type": "websocket.close", "code": 4404})


async def no_pages(scope: Any, receive: Any, send: Any) -> None:
    """The chatroom dialect's own port answers no calls: its clients call the main one."""
    await refuse(scope, send, 404, "not_found", "Sockets only.")


chatroom = re_path("^(?:ws/chatroom/?)?$", ChatroomSocket.as_asgi())
sockets = URLRouter(
    [
        path("ws/chat", ChatSocket.as_asgi()),
        path("ws/call", CallSocket.as_asgi()),
        re_path("^ws/rooms/(?P<room_id>.+?)/?$", RoomSocket.as_asgi()),
        chatroom,
        re_path("", no_such_socket),  # type: ignore[arg-type]
    ]
)
keepalives = Keepalives(Pool(wsgi, HTTP_THREADS))
main_port = ProtocolTypeRouter(
    {
        "http": EventStream(Buffered(keepalives)),
        "websocket": sockets,
        "lifespan": lifespan,
    }
)
chatroom_port = ProtocolTypeRouter(
    {
        "http": no_pages,
        "websocket": URLRouter([chatroom, re_path("", no_such_socket)]),  # type: ignore[arg-type]
    }
)


async def application(scope: Any, receive: Any, send: Any) -> None:
    """What is served depends on the port that was called."""
    own = settings.CHATROOM_PORT and (scope.get("server") or ("", 0))[1] == settings.CHATROOM_PORT
    await (chatroom_port if own else main_port)(scope, receive, send)
