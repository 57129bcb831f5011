"""WebSockets for tests: the server's application on loopback, in a thread, and a client to it.

The tables are the test's own, so rows made by factories are what the sockets see.
"""

import asyncio
import json
import threading
import time
from contextlib import contextmanager

import uvicorn
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from rtcserver.asgi import application
from rtcserver.management.commands.serve import MAX_FRAME
from tests.chat.frames import check_client_frame, check_server_frame


@contextmanager
def serving():
    """Run the ASGI application; yields its port."""
    config = uvicorn.Config(
        application,
        port=0,
        log_config=None,
        access_log=False,
        ws_max_size=MAX_FRAME,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(20)


CHAT = "/ws/chat"


class Talker:
    """A client of a socket of ours; frames that were not asked for are kept in `heard`.

    Every frame of the chat, either way, is held against docs/chat-protocol.schema.json; what a
    test sends as text is meant to be wrong.
    """

    def __init__(self, port: int, path: str = CHAT, **options) -> None:
        options.setdefault("max_size", None)
        self.socket = connect(f"ws://127.0.0.1:{port}{path}", legacy=True, **options)
        self.heard: list[dict] = []
        self._refs = 0
        self._has_schema = path == CHAT

    def send(self, frame) -> None:
        if isinstance(frame, dict):
            if self._has_schema:
                check_client_frame(frame)
            frame = json.dumps(frame)
        self.socket.send(frame)

    def receive(self, timeout: float = 10) -> dict:
        frame = json.loads(self.socket.recv(timeout=timeout))
        return check_server_frame(frame) if self._has_schema else frame

    def ask(self, op: str, **fields) -> dict:
        """Send a frame and return its answer."""
        self._refs += 1
        self.send({"op": op, "ref": self._refs, **fields})
        while True:
            frame = self.receive()
            if frame.get("ref") == self._refs:
                return frame
            self.heard.append(frame)

    def next(self, op: str, timeout: float = 10) -> dict:
        """The next frame of this kind that was not asked for."""
        for at, frame in enumerate(self.heard):
            if frame["op"] == op:
                return self.heard.pop(at)
        deadline = time.monotonic() + timeout
        while True:
            frame = self.receive(max(0.01, deadline - time.monotonic()))
            if frame["op"] == op:
                return frame
            self.heard.append(frame)

    def entries(self, count: int) -> list[dict]:
        """The next `count` entries, of whatever conversation."""
        found: list[dict] = []
        while len(found) < count:
            found += self.next("entries")["entries"]
        return found

    def silent(self, seconds: float = 0.3) -> bool:
        """Whether nothing comes for so long."""
        try:
            self.heard.append(self.receive(seconds))
        except TimeoutError:
            return not self.heard
        return False

    def close_code(self, timeout: float = 10) -> int:
        """Read until the server ends the connection; its code."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            try:
                self.receive(max(0.01, deadline - time.monotonic()))
            except TimeoutError:
                break
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd else 1006
        raise AssertionError("still open")

    def close(self) -> None:
        self.socket.close()
