"""Clients that do not read, and clients that send anything: the others notice nothing."""

import asyncio
import json
import socket
import statistics
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect as connect_here

from rtcserver.sockets import Code
from tests.chat.frames import check_server_frame, operations
from tests.live.crowds import gather
from tests.live.test_chat_survives import NO_LIMIT
from tests.servers import Server, database_for_servers

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS = 30
BODY = "x" * 14_000
EACH = 30  # within the burst of one connection


@pytest.fixture
def crowd(db):
    return gather(WRITERS + 2, 1)


@pytest.fixture
def server(crowd, tmp_path):
    with Server(tmp_path, database_for_servers(tmp_path), **NO_LIMIT) as started:
        yield started


async def opened(server: Server, login: str, group: str | None = None, **options):
    client = await connect(
        f"ws://127.0.0.1:{server.port}/ws/chat", compression=None, max_size=None, **options
    )
    await client.send(json.dumps({"op": "auth", "login": login}))
    if group:
        await client.send(json.dumps({"op": "subscribe", "conversation": group, "ref": "s"}))
        while json.loads(await client.recv()).get("ref") != "s":
            pass
    return client


async def flood(server: Server, logins: list[str], group: str) -> None:
    """Everybody sends as fast as one connection may; returns when all is stored."""

    async def write(login: str) -> None:
        async with await opened(server, login) as client:
            for _number in range(EACH):
                body = f"{time.monotonic()} {BODY}"
                frame = {"op": "send", "conversation": group, "body": body}
                await client.send(json.dumps(frame))
                while (answer := json.loads(await client.recv()))["op"] != "sent":
                    assert answer["op"] in ("welcome", "notification"), answer

    await asyncio.gather(*map(write, logins))


async def read_all(client, count: int, enough: asyncio.Event) -> list[float]:
    """How late each entry came, in seconds; `enough` is set when half of them came."""
    late: list[float] = []
    while len(late) < count:
        if len(late) > count // 2:
            enough.set()
        frame = json.loads(await client.recv())
        for entry in frame.get("entries", ()):
            late.append(time.monotonic() - float(entry["body"].split()[0]))
    return late


async def close_code(client) -> int:
    try:
        while True:
            await client.recv()
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 1006


async def test_who_does_not_read_is_disconnected_and_holds_up_nobody(server, crowd):
    [group] = crowd.conversations
    good = await opened(server, crowd.logins[-2], group)

    async def round_of_writing(half: asyncio.Event) -> float:
        reading = asyncio.create_task(read_all(good, WRITERS * EACH, half))
        await flood(server, crowd.logins[:WRITERS], group)
        return statistics.quantiles(await reading, n=20)[-1]

    without_it = await round_of_writing(asyncio.Event())
    before, half = server.memory, asyncio.Event()
    with socket.socket() as plug:
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        plug.connect(("127.0.0.1", server.port))
        slow = await opened(server, crowd.logins[-1], group, sock=plug, max_queue=1)

        async def code_of_the_slow_one() -> int:
            await half.wait()
            return await close_code(slow)

        waking = asyncio.create_task(code_of_the_slow_one())
        beside_it = await round_of_writing(half)
        assert await waking == Code.RESUME
    assert beside_it < 2 * without_it + 0.5
    assert server.memory - before < 20 << 20
    assert "Traceback" not in server.printed


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
FIELDS = (
    "conversation", "room", "group", "friend", "session", "since", "events", "before", "limit",
    "seq", "id", "type", "body", "on", "cursor", "after", "reason", "notification", "ref", "bearer",
)  # fmt: skip


def frames_about(group: str):
    """Frames with the right names and any values, among them the right ones."""
    value = st.one_of(
        anything, st.just(group), st.integers(0, 5), st.sampled_from(["1-1", "text", "image"])
    )
    fields = st.dictionaries(st.sampled_from(FIELDS), value, max_size=6)
    ops = st.sampled_from(sorted(operations("client") | {"none"}))
    aimed = st.booleans().map(lambda yes: {"conversation": group} if yes else {})
    return st.builds(lambda op, more, aim: {"op": op, **more, **aim}, ops, fields, aimed)


def test_random_frames_are_answered_and_the_others_notice_nothing(server, crowd):
    [group] = crowd.conversations
    url = f"ws://127.0.0.1:{server.port}/ws/chat"
    frames = st.lists(
        frames_about(group).map(json.dumps) | st.text(max_size=50) | st.binary(max_size=20),
        min_size=10,
        max_size=30,
    )

    ends: list[int] = []

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(frames=frames)
    def send_them(frames):
        with connect_here(url, compression=None, legacy=True) as client:
            client.send(json.dumps({"op": "auth", "login": crowd.logins[0]}))
            for frame in frames:
                client.send(frame)
            client.send(json.dumps({"op": "ping", "ref": "the last one"}))
            try:
                while True:
                    frame = check_server_frame(json.loads(client.recv(timeout=20)))
                    if frame.get("ref") == "the last one":
                        break
            except ConnectionClosed as closed:
                ends.append(closed.rcvd.code if closed.rcvd else 1006)

    send_them()
    assert {*ends} <= {Code.POLICY}, "only floods of bad frames end a connection"
    with connect_here(url, legacy=True) as other:
        other.send(json.dumps({"op": "auth", "login": crowd.logins[1]}))
        other.send(json.dumps({"op": "subscribe", "conversation": group, "since": 0, "ref": 2}))
        while json.loads(other.recv(timeout=10)).get("ref") != 2:
            pass
    assert "Traceback" not in server.printed
    assert " ERROR " not in server.printed
