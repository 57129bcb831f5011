"""WebSocket clients that cost next to nothing: they count bytes and never look at them."""

import asyncio
import base64
import os
import struct
from typing import Any

HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
)


class Counter:
    """Bytes received by many taps."""

    def __init__(self) -> None:
        self.total, self.goal = 0, 0
        self.reached = asyncio.Event()

    def add(self, count: int) -> None:
        self.total += count
        if self.total >= self.goal:
            self.reached.set()

    def expect(self, count: int) -> None:
        self.goal = self.total + count
        self.reached.clear()


class Tap(asyncio.Protocol):
    """One socket; `opened` is set when the handshake is done."""

    __slots__ = ("counter", "head", "opened", "path", "transport")

    def __init__(self, path: str, counter: Counter) -> None:
        self.path, self.counter, self.head = path, counter, b""
        self.opened = asyncio.get_running_loop().create_future()

    def connection_made(self, transport) -> None:
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(HANDSHAKE.format(path=self.path, key=key).encode())

    def data_received(self, data: bytes) -> None:
        if self.opened.done():
            self.counter.add(len(data))
            return
        self.head += data
        if b"\r\n\r\n" in self.head:
            assert self.head.startswith(b"HTTP/1.1 101"), self.head
            self.opened.set_result(None)

    def say(self, text: str) -> None:
        """Send a text frame; masked with zeros."""
        data = text.encode()
        size = len(data)
        head = (
            struct.pack("!BB", 0x81, 0x80 | size)
            if size < 126
            else b"\x81\xfe" + struct.pack("!H", size)
        )
        self.transport.write(head + b"\0\0\0\0" + data)


async def tap(port: int, path: str, counter: Counter, kind: Any = Tap) -> Any:
    loop = asyncio.get_running_loop()
    _transport, made = await loop.create_connection(lambda: kind(path, counter), "127.0.0.1", port)
    await made.opened
    return made


async def taps(port: int, paths: list[str], counter: Counter) -> list[Tap]:
    opened: list[Tap] = []
    for at in range(0, len(paths), 50):
        opened += await asyncio.gather(*(tap(port, path, counter) for path in paths[at : at + 50]))
    return opened


def wire_size(text: str) -> int:
    """Bytes of a text frame from the server."""
    size = len(text.encode())
    return size + (2 if size < 126 else 4)
