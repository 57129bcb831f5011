"""Chat beside its limits: `python -m bench.chat [fanout] [store] [idle]`; prints ratios.

Fan-out: the bare server and the product deliver the same bytes to the same number of sockets, by
turns; the clients count bytes in this process. Besides the rate, the CPU time of the server for
one delivery is compared, which other work on the machine disturbs less.
"""

import asyncio
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit, urlunsplit

import uvloop
from websockets.asyncio.client import connect

from bench import chat_idle, chat_store
from bench.frames import FIRST, frame
from bench.rest import ADMIN_URL, DATABASE, database, server
from bench.taps import Counter, taps, wire_size

REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/9")
ROUNDS = int(os.environ.get("ROUNDS", "7"))
PORTS = {"bare": (8760, 8761), "product": (8762, 8763), "plain": (8764, 8765)}
PLAIN_MESSAGES = 4  # its layer loses what waits behind a hundred, and is slow
MEASURED = ("bare", "product")  # with a store behind them
SIZE = {room: wire_size(frame("x" * room, FIRST)) for room in (1, 2, 3)}


def environment(state: str, **more: str) -> dict[str, str]:
    return os.environ | {
        "RTC_PROFILE": "development",
        "RTC_SECRET_KEY": "bench",
        "RTC_STATE_DIR": state,
        "RTC_LOG_LEVEL": "WARNING",
        "RTC_CHAT_MESSAGES_PER_10_SECONDS": "100000000",
        "RTC_EMBEDDED_WORKER": "off",
        "DATABASE_URL": f"sqlite:///{state}/bench.sqlite3",
        "REDIS_URL": "",
        **more,
    }


def serving(kind: str, number: int, settings: dict[str, str]):
    port = PORTS[kind][number]
    options = ["--port", str(port), "--log-level", "warning", "--ws-ping-interval", "3600"]
    plain = ["--no-access-log", "--ws-per-message-deflate", "false"]
    command = [sys.executable, "-m", "uvicorn", f"bench.chat_asgi:{kind}", *options, *plain]
    return server(command, settings, port)


class Side:
    """The sockets of one kind of server, and the way to make it publish."""

    def __init__(self, kind: str, processes: int, rooms: int, people: int) -> None:
        self.ports = PORTS[kind][:processes]
        self.publishes_to_all = kind == "bare"
        self.rooms, self.people = rooms, people
        self.counter = Counter()
        self.rates: list[float] = []
        self.cpu: list[float] = []

    async def open(self) -> None:
        paths = [f"/bench/{room}" for _person in range(self.people) for room in range(self.rooms)]
        self.taps = []
        for number, port in enumerate(self.ports):
            half = self.people // len(self.ports) * self.rooms
            own = paths[number * half : (number + 1) * half]
            self.taps += await taps(port, own, self.counter)
        self.controls = [
            await connect(f"ws://127.0.0.1:{port}/control", compression=None) for port in self.ports
        ]

    async def round(self, messages: int) -> None:
        names = [str(room) for room in range(self.rooms)]
        each = sum(SIZE[len(name)] for name in names) * self.people
        self.counter.expect(each * messages)
        before, started = await self._cpu(), time.perf_counter()
        for control in self.controls if self.publishes_to_all else self.controls[:1]:
            await control.send(f"{self.rooms} {messages}")
        async with asyncio.timeout(30):
            await self.counter.reached.wait()
        seconds = time.perf_counter() - started
        assert self.counter.total == self.counter.goal, "something else was received"
        delivered = self.rooms * self.people * messages
        self.rates.append(delivered / seconds)
        self.cpu.append((await self._cpu() - before) / delivered)

    async def _cpu(self) -> float:
        total = 0.0
        for control in self.controls:
            await control.send("cpu")
            total += float(await control.recv())
        return total

    async def close(self) -> None:
        for tap in self.taps:
            tap.transport.abort()
        for control in self.controls:
            await control.close()


async def compare(processes: int, rooms: int, people: int, messages: int) -> str:
    kinds = PORTS if rooms == 1 else MEASURED  # of many rooms plain Channels loses messages
    sides = {kind: Side(kind, processes, rooms, people) for kind in kinds}
    for side in sides.values():
        await side.open()
        await side.round(2)  # warm
        side.rates.clear()
        side.cpu.clear()
    for _round in range(ROUNDS):
        for kind, side in sides.items():
            await side.round(messages if kind in MEASURED else PLAIN_MESSAGES)
    for side in sides.values():
        await side.close()
    bare, product = sides["bare"], sides["product"]
    rate = statistics.median(product.rates) / statistics.median(bare.rates)
    times = "-"
    if plain := sides.get("plain"):
        times = f"{statistics.median(product.rates) / statistics.median(plain.rates):.0f}"
    cpu = statistics.median(bare.cpu) / statistics.median(product.cpu)
    spent = statistics.median(product.cpu) * 1e6
    what = (
        f"{rooms} room{'s' * (rooms > 1)} of {people}, {processes} process{'es' * (processes > 1)}"
    )
    return f"| {what} | {rate:.2f} | {cpu:.2f} | {spent:.1f} | {times} |"


def fanout() -> None:
    columns = "ratio of rates | ratio of CPU | us of CPU per delivery | times plain Channels"
    print(f"| fan-out | {columns} |\n|---|---|---|---|---|")
    for processes, redis_url in ((1, ""), (2, REDIS_URL)):
        with tempfile.TemporaryDirectory() as state, ExitStack() as stack:
            settings = environment(
                state, REDIS_URL=redis_url, RTC_REDIS_PREFIX=f"bench{os.getpid()}"
            )
            for kind in PORTS:
                for number in range(processes):
                    stack.enter_context(serving(kind, number, settings))
            for rooms, people, messages in ((1, 1_000, 40), (500, 10, 8)):
                print(uvloop.run(compare(processes, rooms, people, messages)), flush=True)


@contextmanager
def stored() -> Iterator[tuple[str, dict, dict[str, int], dict[str, int]]]:
    """Both servers over a filled database: its URL, what is in it, process ids and ports."""
    url = urlunsplit(urlsplit(ADMIN_URL)._replace(path=f"/{DATABASE}"))
    with database(url), tempfile.TemporaryDirectory() as state, ExitStack() as stack:
        settings = environment(state, DATABASE_URL=url)
        made = chat_store.fill(settings)
        pids = {kind: stack.enter_context(serving(kind, 0, settings)) for kind in MEASURED}
        yield url, made, pids, {kind: PORTS[kind][0] for kind in MEASURED}


def store() -> None:
    with stored() as (url, made, pids, ports):
        place = ports["product"], pids["product"], url
        uvloop.run(chat_store.compare_store(*place, made, ROUNDS))


def idle() -> None:
    with stored() as (_url, made, pids, ports):
        uvloop.run(chat_idle.idle(pids, ports, made))


PARTS = {"fanout": fanout, "store": store, "idle": idle}


def main() -> None:
    _soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # the servers inherit it
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()


if __name__ == "__main__":
    main()
