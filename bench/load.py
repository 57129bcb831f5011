"""A bounded keep-alive load generator: raw sockets, so that it costs little beside the server."""

import asyncio
import statistics
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    per_second: float
    p50_ms: float
    p99_ms: float


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def measure(port: int, payload: bytes, *, seconds: float, connections: int = 8) -> Measured:
    """Send `payload` over and over on `connections` sockets; every answer must be a 200."""
    return asyncio.run(_measure(port, payload, seconds, connections))


async def _measure(port: int, payload: bytes, seconds: float, connections: int) -> Measured:
    times: list[float] = []
    end = time.perf_counter() + seconds
    await asyncio.gather(*(_one(port, payload, end, times) for _ in range(connections)))
    ordered = sorted(times)
    return Measured(
        len(times) / seconds,
        statistics.median(ordered) * 1000,
        ordered[int(len(ordered) * 0.99)] * 1000,
    )


async def _one(port: int, payload: bytes, end: float, times: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (started := time.perf_counter()) < end:
        writer.write(payload)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        lowered = head.lower()
        if b"content-length:" in lowered:
            length = int(lowered.split(b"content-length:")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
        else:
            while await reader.readuntil(b"\r\n") != b"0\r\n":
                pass
            await reader.readexactly(2)
        times.append(time.perf_counter() - started)
    writer.close()
