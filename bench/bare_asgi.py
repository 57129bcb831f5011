"""The limit of the server itself: `uvicorn bench.bare_asgi:asgi`."""


async def asgi(scope, receive, send):
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b'{"status": "ok"}'})
