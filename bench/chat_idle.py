"""What an idle socket weighs: signed in and subscribed to one conversation, beside a bare one."""

import asyncio
import json
import os
from pathlib import Path

from bench.taps import Counter, Tap, tap

IDLE = int(os.environ.get("IDLE", "5000"))
WARM = 300  # sockets held before, so that what comes once is not counted
AT_A_TIME = 50


class Idler(Tap):
    """Subscribes, and notes when that is done."""

    def subscribe(self, login: str, conversation: str) -> None:
        self.subscribed = asyncio.get_running_loop().create_future()
        self.say(json.dumps({"op": "auth", "login": login}))
        self.say(json.dumps({"op": "subscribe", "conversation": conversation}))

    def data_received(self, data: bytes) -> None:
        if self.opened.done() and b'"op":"subscribed"' in data:
            self.subscribed.set_result(None)
        else:
            super().data_received(data)


def memory_of(pid: int) -> int:
    """KiB that are resident."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


async def hold(port: int, kind: str, made: dict, number: int) -> list[Idler]:
    held: list[Idler] = []
    path = "/ws/chat" if kind == "product" else "/bench/0"
    while len(held) < number:
        opening = (tap(port, path, Counter(), Idler) for _one in range(AT_A_TIME))
        some = await asyncio.gather(*opening)
        if kind == "product":
            for at, one in enumerate(some, start=len(held)):
                logins = made["logins"]
                one.subscribe(logins[at % len(logins)], made["conversations"][0])
            await asyncio.gather(*(one.subscribed for one in some))
        held += some
    await asyncio.sleep(2)
    assert not any(one.transport.is_closing() for one in held), "not all were held"
    return held


async def weigh(port: int, pid: int, kind: str, made: dict) -> tuple[float, float]:
    """KiB of each of IDLE sockets, and of each of all with what comes once with the first ones."""
    fresh = memory_of(pid)
    warm = await hold(port, kind, made, WARM)
    before = memory_of(pid)
    held = await hold(port, kind, made, IDLE)
    after = memory_of(pid)
    for one in warm + held:
        one.transport.abort()
    return (after - before) / len(held), (after - fresh) / len(warm + held)


async def idle(pids: dict[str, int], ports: dict[str, int], made: dict) -> None:
    bare, product = [
        await weigh(ports[kind], pids[kind], kind, made) for kind in ("bare", "product")
    ]
    print("| idle sockets held | KiB of each, bare | KiB of each, product | ratio |")
    print("|---|---|---|---|")
    for which, name in enumerate((f"{IDLE}", f"{IDLE + WARM}, from a fresh server")):
        print(f"| {name} | {bare[which]:.1f} | {product[which]:.1f} | ", end="")
        print(f"{product[which] / bare[which]:.2f} |")
