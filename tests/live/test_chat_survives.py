"""Chat with real server processes that die: what was acknowledged is received, once, in order.

Every member of the crowd is in every group. While they talk, servers are killed, Redis is emptied
and killed, and all connections are cut; members come back and send again what was not answered.
"""

import asyncio
import itertools
import random
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager

import pytest
from asgiref.sync import sync_to_async

from tests.live.crowds import Crowd, gather
from tests.live.members import Member
from tests.live.wires import Wire
from tests.servers import OwnRedis, Server, database_for_servers

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE, GROUPS = 20, 5
NO_LIMIT = {"RTC_CHAT_MESSAGES_PER_10_SECONDS": "1000000"}


@pytest.fixture
def crowd(db):
    return gather(PEOPLE, GROUPS)


@pytest.fixture
def one_server(crowd, tmp_path):
    with Server(tmp_path, database_for_servers(tmp_path), **NO_LIMIT) as server:
        yield [server]


@pytest.fixture
def own_redis(tmp_path):
    with OwnRedis(tmp_path) as started:
        yield started


@pytest.fixture
def two_servers(crowd, own_redis, tmp_path):
    url = database_for_servers(tmp_path)
    with ExitStack() as stack:
        made = [Server(tmp_path, url, own_redis.url, **NO_LIMIT) for _number in range(2)]
        yield [stack.enter_context(server) for server in made]


@asynccontextmanager
async def members_of(crowd: Crowd, servers: list[Server]):
    """The crowd at the servers, by turns, through wires."""
    async with AsyncExitStack() as stack:
        wires = [await stack.enter_async_context(Wire(server.port)) for server in servers]
        members = [
            Member(wires[number % len(wires)].port, login, crowd.conversations)
            for number, login in enumerate(crowd.logins)
        ]
        try:
            yield members, wires
        finally:
            await asyncio.gather(*(member.leave() for member in members))


class Misfortunes:
    """What happens to a crowd while it talks; whatever was killed runs again afterwards."""

    def __init__(self, servers: list[Server], wires: list[Wire], redis: OwnRedis | None) -> None:
        self.servers, self.wires, self.redis = itertools.cycle(servers), wires, redis

    async def kill_a_server(self) -> None:
        server = next(self.servers)
        server.kill()
        await aside(server.start)

    async def cut_all_connections(self) -> None:
        for wire in self.wires:
            wire.cut()

    async def empty_redis(self) -> None:
        self.redis.flush()

    async def kill_redis(self) -> None:
        self.redis.kill()
        await asyncio.sleep(0.5)
        await aside(self.redis.start)


async def aside(act) -> None:
    await sync_to_async(act, thread_sensitive=False)()


async def talk(members: list[Member], crowd: Crowd, turn: int, each: int) -> None:
    async def chatter(number: int, member: Member) -> None:
        for count in range(each):
            group = crowd.conversations[(number + count) % GROUPS]
            body = f"{count} " + "x" * random.randrange(200)
            await member.say(group, f"{number}-{turn}-{count}", body)

    await asyncio.gather(*(chatter(number, member) for number, member in enumerate(members)))


async def survive(servers, crowd, plan: list[str], *, each: int, redis=None) -> None:
    """Everybody says `each` messages during every misfortune of the plan."""
    async with members_of(crowd, servers) as (members, wires):
        misfortunes = Misfortunes(servers, wires, redis)
        for turn, name in enumerate(plan):
            await asyncio.gather(*(member.ready.wait() for member in members))
            talking = asyncio.create_task(talk(members, crowd, turn, each))
            await asyncio.sleep(random.uniform(0.1, 0.3))
            await getattr(misfortunes, name)()
            await talking
        total = each * len(plan)
        ends = {group: len(members) * total // GROUPS for group in crowd.conversations}
        reached = await asyncio.gather(*(member.reach(ends, 30) for member in members))
        assert all(reached), [dict(member.last) for member in members]
    check(members, total)
    assert sum(member.connections for member in members) > len(members), "nothing was cut"
    for server in servers:
        assert "Traceback" not in server.printed


def check(members: list[Member], each: int) -> None:
    assert [member.faults for member in members] == [[] for _member in members]
    heard = members[0].got
    for member in members:
        assert member.got == heard, "all hear the same, in the same order"
    for number, member in enumerate(members):
        assert len(member.acknowledged) == each
        for client_id, (group, seq) in member.acknowledged.items():
            assert heard[group][seq - 1][1] == client_id
            assert client_id.startswith(f"{number}-")
    told = [client_id for entries in heard.values() for _sender, client_id in entries]
    assert len(told) == len(set(told)) == len(members) * each, "each landed once"


SHORT = ["kill_a_server", "cut_all_connections", "kill_a_server"]
SHORT_WITH_REDIS = ["empty_redis", "kill_a_server", "kill_redis", "cut_all_connections"]


async def test_one_process_with_sqlite(one_server, crowd):
    await survive(one_server, crowd, SHORT, each=10)


@pytest.mark.postgresql
@pytest.mark.redis
async def test_two_processes_with_postgresql_and_redis(two_servers, own_redis, crowd):
    await survive(two_servers, crowd, SHORT_WITH_REDIS, each=10, redis=own_redis)


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_10_000_messages_with_one_process(one_server, crowd):
    await survive(one_server, crowd, SHORT[:2] * 5, each=50)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.postgresql
@pytest.mark.redis
async def test_10_000_messages_with_two_processes(two_servers, own_redis, crowd):
    await survive(two_servers, crowd, SHORT_WITH_REDIS * 5, each=25, redis=own_redis)
