"""What `bench.chat` measures: the product, and the limit of the server below it.

`product` is the whole application with two paths more: `/bench/<room>` puts a socket among the
readers of a stream without asking the database, `/control` publishes to such rooms as a commit
does. `bare` is the least that an ASGI application can do to send the same bytes, `plain` what
Channels does by itself.
"""

import time
from collections import defaultdict

from bench.frames import FIRST, frame


async def _controlled(receive, send, publish) -> None:
    """`cpu` is answered with the CPU seconds of this process; anything else is published."""
    while (event := await receive())["type"] == "websocket.receive":
        if event["text"] == "cpu":
            await send({"type": "websocket.send", "text": str(time.process_time())})
        else:
            await publish(*map(int, event["text"].split()))


_sends: dict[str, dict] = defaultdict(dict)
_published: dict[str, int] = defaultdict(lambda: FIRST)


async def bare(scope, receive, send) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    name = scope["path"].rpartition("/")[2]
    if name == "control":
        await _controlled(receive, send, _broadcast)
        return
    _sends[name][send] = None
    while (await receive())["type"] != "websocket.disconnect":
        pass
    del _sends[name][send]


async def _broadcast(rooms: int, messages: int) -> None:
    for _message in range(messages):
        for room in range(rooms):
            name = str(room)
            _published[name] += 1
            event = {"type": "websocket.send", "text": frame(name, _published[name])}
            for send in list(_sends[name]):
                await send(event)


async def plain(scope, receive, send) -> None:
    from bench.chat_plain import Control, Room

    if scope["type"] == "websocket":
        kind = Control if scope["path"] == "/control" else Room
        await kind.as_asgi()(scope, receive, send)
    else:
        await bare(scope, receive, send)


async def product(scope, receive, send) -> None:
    from bench.chat_product import Control, Listening, application

    if scope["type"] == "websocket" and scope["path"].startswith("/bench/"):
        await Listening()(scope, receive, send)
    elif scope["type"] == "websocket" and scope["path"] == "/control":
        await Control()(scope, receive, send)
    else:
        await application(scope, receive, send)
