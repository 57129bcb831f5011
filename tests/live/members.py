"""A member of conversations as a good client is: resumes by number, sends again what is unanswered.

What it was promised is checked as it happens; `faults` says what was broken.
"""

import asyncio
import json
import random
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field

from jsonschema import ValidationError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from tests.chat.frames import check_client_frame, check_server_frame

PACE = 0.06  # between two frames; a connection may send 20 a second
PATIENCE = 3.0  # for an answer, then the connection is made anew


@dataclass
class Member:
    port: int
    login: str
    groups: list[str]
    last: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    got: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    acknowledged: dict[str, tuple[str, int]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    retries: int = 0
    connections: int = 0

    def __post_init__(self) -> None:
        self._answers: dict[int, asyncio.Future[dict]] = {}
        self._refs = 0
        self._socket: ClientConnection | None = None
        self.ready = asyncio.Event()  # set while it is connected and subscribed
        self._news = asyncio.Event()
        self._staying = asyncio.create_task(self._stay())

    async def leave(self) -> None:
        self._staying.cancel()
        await asyncio.gather(self._staying, return_exceptions=True)

    async def say(self, conversation: str, client_id: str, body: str) -> None:
        """Returns when it was acknowledged, however often it had to be sent."""
        while client_id not in self.acknowledged:
            answer = await self._ask("send", conversation=conversation, id=client_id, body=body)
            if answer and answer["op"] == "sent":
                self.acknowledged[client_id] = (conversation, answer["seq"])
            else:
                self.retries += 1
            await asyncio.sleep(PACE)

    async def reach(self, ends: dict[str, int], seconds: float) -> bool:
        """Wait until everything up to `ends` was received."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while any(self.last[name] < seq for name, seq in ends.items()):
                    self._news.clear()
                    await self._news.wait()
                return True
        return False

    async def _ask(self, op: str, **fields) -> dict | None:
        """The answer; None if the connection was lost or nothing came."""
        await self.ready.wait()
        return await self._answered(op, **fields)

    async def _answered(self, op: str, **fields) -> dict | None:
        self._refs += 1
        answer = self._answers[self._refs] = asyncio.get_running_loop().create_future()
        try:
            frame = check_client_frame({"op": op, "ref": self._refs, **fields})
            await self._socket.send(json.dumps(frame))
            async with asyncio.timeout(PATIENCE):
                return await answer
        except TimeoutError:
            await self._socket.close()
        except (WebSocketException, ConnectionError):
            pass
        return None

    async def _stay(self) -> None:
        while True:
            with suppress(OSError, WebSocketException, TimeoutError):
                url = f"ws://127.0.0.1:{self.port}/ws/chat"
                async with connect(url, open_timeout=PATIENCE, compression=None) as self._socket:
                    reading = asyncio.create_task(self._read(self._socket))
                    try:
                        if await self._open():
                            self.connections += 1
                            self.ready.set()
                            await reading
                    finally:
                        reading.cancel()
                        self._lose()
            await asyncio.sleep(random.uniform(0.05, 0.3))

    async def _open(self) -> bool:
        if not await self._answered("auth", login=self.login):
            return False
        for group in self.groups:
            known = self.last.get(group)
            if not await self._subscribe(group, known or 0):
                return False
        return True

    async def _subscribe(self, group: str, since: int) -> bool:
        answer = await self._answered("subscribe", conversation=group, since=since)
        if answer and answer.get("gap"):
            self.faults.append(f"a gap was said at {since}: {answer}")
        return bool(answer) and answer["op"] == "subscribed"

    def _lose(self) -> None:
        self.ready.clear()
        for answer in self._answers.values():
            if not answer.done():
                answer.set_result(None)
        self._answers.clear()

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for text in socket:
                frame = json.loads(text)
                if frame["op"] == "entries":
                    self._take(frame)
                else:
                    check_server_frame(frame)
                answer = self._answers.pop(frame.get("ref"), None)
                if answer and not answer.done():
                    answer.set_result(frame)
        except ConnectionClosed:
            pass
        except (AssertionError, ValidationError) as fault:
            self.faults.append(repr(fault))
        finally:
            self._lose()

    def _take(self, frame: dict) -> None:
        name = frame["conversation"]
        for entry in frame["entries"]:
            if entry["seq"] != self.last[name] + 1:
                self.faults.append(f"{name}: {entry['seq']} came behind {self.last[name]}")
            self.last[name] = entry["seq"]
            self.got[name].append((entry["sender"]["key"], entry["clientId"]))
        self._news.set()
