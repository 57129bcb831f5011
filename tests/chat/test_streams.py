"""Streams: whatever becomes of announcements, readers get every entry once and in order."""

import asyncio
import json
import random

import pytest
from asgiref.sync import sync_to_async

from chat.frames import entries_frames
from chat.streams import streams
from rtcserver.bus import bus
from tests.chat.places import group

pytestmark = pytest.mark.django_db(transaction=True)
COUNT = 12
ALL = list(range(1, COUNT + 1))


class Reader:
    """Remembers the numbers it was given."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self._news = asyncio.Event()

    def write(self, text: str) -> None:
        self.numbers += [entry["seq"] for entry in json.loads(text)["entries"]]
        self._news.set()

    async def drained(self) -> None:
        await asyncio.sleep(0)

    async def up_to(self, last: int) -> list[int]:
        async with asyncio.timeout(10):
            while last not in self.numbers:
                self._news.clear()
                await self._news.wait()
        return self.numbers


@pytest.fixture
def place(db):
    return group()


@pytest.fixture
def announced(monkeypatch):
    """What was announced, kept back until a test delivers it."""
    kept: list[tuple[str, dict]] = []
    monkeypatch.setattr(bus, "announce", lambda topic, message: kept.append((topic, message)))
    return kept


async def say(place, *bodies):
    for body in bodies:
        await sync_to_async(place.say)(body)


async def hold(place, reader, since=0):
    stream = await streams.hold(place.conversation)
    await stream.attach(reader, entries_frames, since=since, wanted=lambda: True)
    return stream


def deliver(announced):
    for topic, message in announced:
        bus.deliver(topic, message)


@pytest.mark.parametrize("seed", range(5))
async def test_overtaken_and_repeated_announcements_are_put_in_order(place, announced, seed):
    reader = Reader()
    stream = await hold(place, reader)
    await say(place, *map(str, ALL))
    twice = announced * 2
    random.Random(seed).shuffle(twice)
    deliver(twice)
    assert await reader.up_to(COUNT) == ALL
    streams.release(stream)


@pytest.mark.parametrize("seed", range(5))
async def test_what_was_lost_is_read_when_something_later_comes(place, announced, seed):
    reader = Reader()
    stream = await hold(place, reader)
    await say(place, *map(str, ALL))
    entries = [pair for pair in announced if "entries" in pair[1]]
    deliver([*random.Random(seed).sample(entries[:-1], COUNT // 2), entries[-1]])
    assert await reader.up_to(COUNT) == ALL
    streams.release(stream)


async def test_what_nobody_announced_is_found_by_comparing(place, announced):
    reader = Reader()
    stream = await hold(place, reader)
    await say(place, *map(str, ALL))
    assert reader.numbers == []
    await streams.compare()
    assert await reader.up_to(COUNT) == ALL
    streams.release(stream)


async def test_who_joins_in_the_middle_gets_the_rest_once(place, announced):
    early, late, now = Reader(), Reader(), Reader()
    stream = await hold(place, early)
    await say(place, "1", "2", "3")
    await hold(place, late, since=1)  # reads ahead of what was announced
    await hold(place, now, since=3)
    await say(place, "4")
    deliver(announced)
    assert await early.up_to(4) == [1, 2, 3, 4]
    assert await late.up_to(4) == [2, 3, 4]
    assert await now.up_to(4) == [4]
    for _reader in (early, late, now):
        streams.release(stream)


async def test_a_reader_that_left_hears_no_more(place, announced):
    stays, leaves = Reader(), Reader()
    stream = await hold(place, stays)
    await hold(place, leaves)
    stream.detach(leaves)
    await say(place, "1")
    deliver(announced)
    assert await stays.up_to(1) == [1]
    assert leaves.numbers == []
    for _reader in (stays, leaves):
        streams.release(stream)


async def test_who_was_stopped_goes_on_behind_the_last_number(place, announced):
    one, other = Reader(), Reader()
    stream = await hold(place, one)
    await hold(place, other)

    async def hear(body):
        await say(place, body)
        deliver(announced)
        announced.clear()

    await hear("1")
    stream.stop(one)
    await hear("2")
    stream.stop(other)
    await hear("3")
    assert (one.numbers, other.numbers) == ([1], [1, 2])
    stream.go_on(one)
    await hear("4")
    assert (one.numbers, other.numbers) == ([1, 2, 3, 4], [1, 2])
    stream.go_on(other)
    await hear("5")
    assert one.numbers == other.numbers == [1, 2, 3, 4, 5]
    for _reader in (one, other):
        streams.release(stream)


async def test_who_is_stopped_while_reading_on_waits(place, announced):
    other, late = Reader(), Reader()
    stream = await hold(place, other)
    await say(place, "1", "2")
    deliver(announced)
    await streams.hold(place.conversation)
    stream.stop(late)
    reading = asyncio.create_task(stream.attach(late, entries_frames, since=0, wanted=lambda: True))
    await say(place, "3")
    deliver(announced)
    await asyncio.wait([reading], timeout=0.2)
    assert (other.numbers, late.numbers) == ([1, 2, 3], [])
    stream.go_on(late)
    await reading
    assert await late.up_to(3) == [1, 2, 3]
    for _reader in (other, late):
        streams.release(stream)
