"""Joining a conversation while others write in it: nothing is missed, nothing comes twice."""

import asyncio
import json

import pytest
from websockets.asyncio.client import connect

from tests.live.crowds import gather
from tests.live.members import PACE, Member
from tests.live.test_chat_survives import NO_LIMIT, OwnRedis
from tests.servers import Server, database_for_servers

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS, JOINERS = 4, 5
# Every join asks for what came since a number, or for what comes from now on.
SINCE_THE_LAST, FROM_NOW = True, False


@pytest.fixture
def crowd(db):
    return gather(WRITERS + JOINERS, 1)


@pytest.fixture
def one_server(crowd, tmp_path):
    with Server(tmp_path, database_for_servers(tmp_path), **NO_LIMIT) as server:
        yield [server]


@pytest.fixture
def two_servers(crowd, tmp_path):
    url = database_for_servers(tmp_path)
    with (
        OwnRedis(tmp_path) as redis,
        Server(tmp_path, url, redis.url, **NO_LIMIT) as one,
        Server(tmp_path, url, redis.url, **NO_LIMIT) as other,
    ):
        yield [one, other]


class Joiner:
    """Subscribes over and over on one connection and counts what it is given."""

    def __init__(self, socket, group: str) -> None:
        self.socket, self.group = socket, group
        self.last = 0

    async def join(self, since_the_last: bool) -> None:
        asked_from = self.last
        since = {"since": asked_from} if since_the_last else {}
        frame = {"op": "subscribe", "ref": 1, "conversation": self.group, **since}
        await self.socket.send(json.dumps(frame))
        while (answer := await self._next())["op"] != "subscribed":
            self._take(answer)  # of the subscription before
        assert not answer["gap"]
        self.last = asked_from if since_the_last else answer["last"]
        while self.last <= max(asked_from, answer["last"]):
            self._take(await self._next())

    async def _next(self) -> dict:
        async with asyncio.timeout(20):
            return json.loads(await self.socket.recv())

    def _take(self, frame: dict) -> None:
        for entry in frame.get("entries", ()):
            assert entry["seq"] == self.last + 1
            self.last = entry["seq"]


async def join_while_others_write(servers, crowd, rounds: int) -> None:
    [group] = crowd.conversations
    writers = [
        Member(servers[number % len(servers)].port, login, [])
        for number, login in enumerate(crowd.logins[:WRITERS])
    ]

    async def write(number: int, writer: Member) -> None:
        for count in range(1_000_000):
            await writer.say(group, f"{number}-{count}", "x")

    async def join(number: int, login: str) -> None:
        url = f"ws://127.0.0.1:{servers[number % len(servers)].port}/ws/chat"
        async with connect(url, compression=None) as socket:
            await socket.send(json.dumps({"op": "auth", "login": login}))
            joiner = Joiner(socket, group)
            for count in range(rounds):
                await joiner.join(SINCE_THE_LAST if count % 2 else FROM_NOW)
                await asyncio.sleep(PACE)

    writing = [asyncio.create_task(write(*pair)) for pair in enumerate(writers)]
    try:
        await asyncio.gather(*(join(*pair) for pair in enumerate(crowd.logins[WRITERS:])))
    finally:
        for task in writing:
            task.cancel()
        await asyncio.gather(*writing, return_exceptions=True)
        await asyncio.gather(*(writer.leave() for writer in writers))


async def test_100_joins_with_sqlite(one_server, crowd):
    await join_while_others_write(one_server, crowd, 100 // JOINERS)


@pytest.mark.postgresql
@pytest.mark.redis
async def test_100_joins_with_two_processes(two_servers, crowd):
    await join_while_others_write(two_servers, crowd, 100 // JOINERS)


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_1_000_joins_with_sqlite(one_server, crowd):
    await join_while_others_write(one_server, crowd, 1_000 // JOINERS)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.postgresql
@pytest.mark.redis
async def test_1_000_joins_with_two_processes(two_servers, crowd):
    await join_while_others_write(two_servers, crowd, 1_000 // JOINERS)
