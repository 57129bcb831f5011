"""Conversations as this process hears them: every entry once, in order, to every local reader.

An announcement only says that entries were committed, and carries them along. A stream keeps the
number of the last entry it passed on; what comes again is dropped, and what is missing is read
from the store: after a short wait when a later entry came first, or at the next beat, which
compares all streams with the store in one query.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.db import Error

from chat.entries import topic_of
from chat.models import Conversation
from chat.reading import entries_after, last_numbers
from rtcserver.bus import Announcement, bus
from rtcserver.metrics import delivered
from rtcserver.sockets import Beat, domain

Entry = dict[str, Any]
Render = Callable[[str, list[Entry]], list[str]]

PAGE = 200
OVERTAKEN_SECONDS = 0.05  # how long an earlier entry may take longer than a later one
BEAT_SECONDS = 2.0


class Reader(Protocol):
    def write(self, text: str) -> None: ...

    async def drained(self) -> None: ...


@dataclass(slots=True, eq=False)
class Stop:
    """A reader that is given nothing until somebody asked whether it may read."""

    over: asyncio.Event = field(default_factory=asyncio.Event)
    render: Render | None = None  # None: not attached yet
    reached: int = 0


class Stream:
    """One conversation and its readers in this process."""

    def __init__(self, conversation: Conversation) -> None:
        self.pk = conversation.pk
        self.conversation = conversation
        self.public_id = conversation.public_id
        self.topic = topic_of(conversation)
        self.position = 0
        self.holders = 0
        self.loaded = False
        self._loading = asyncio.Lock()
        self._groups: dict[Render, dict[Reader, int]] = {}
        self._stopped: dict[Reader, Stop] = {}
        self._meanwhile: list[Entry] = []  # what those who are stopped have not been given
        self._later: dict[int, Entry] = {}
        self._repair: asyncio.Task[None] | None = None

    async def load(self) -> None:
        """Listen first, then ask where the conversation stands."""
        async with self._loading:
            if not self.loaded:
                bus.subscribe(self.topic, self)
                numbers = await domain(last_numbers, [self.pk])
                self.position = numbers.get(self.pk, 0)
                self.loaded = True
                self._advance()

    def heard(self, announcement: Announcement) -> None:
        for entry in announcement.message.get("entries", ()):
            if entry["seq"] > self.position:
                self._later[entry["seq"]] = entry
        if self.loaded:
            self._advance()

    async def attach(
        self, reader: Reader, render: Render, *, since: int, wanted: Callable[[], bool]
    ) -> None:
        """Send what is stored behind `since`, then everything that comes, without a gap.

        Ends early, without attaching, once `wanted` says no: the reader lost the right to read,
        or went away.
        """
        reached = since
        while reached < self.position or not self.loaded:
            position = self.position
            page = await domain(entries_after, self.conversation, reached, PAGE)
            await self._not_stopped(reader)
            for frame in render(self.public_id, page.entries) if page.entries else ():
                if not wanted():
                    return
                reader.write(frame)
                await reader.drained()
            if page.entries:
                reached = page.entries[-1]["seq"]
            if not page.more:
                reached = max(reached, position)  # those that are no longer kept
        if wanted():
            self._take_in(reader, render, reached)

    def detach(self, reader: Reader) -> None:
        for readers in self._groups.values():
            readers.pop(reader, None)
        self._end_stop(reader)

    def stop(self, reader: Reader) -> None:
        """Give a reader nothing more until `go_on` or `detach`: it may have lost the right."""
        if reader in self._stopped:
            return
        stop = self._stopped[reader] = Stop()
        for render, readers in self._groups.items():
            if (reached := readers.pop(reader, None)) is not None:
                stop.render, stop.reached = render, max(reached, self.position)

    def go_on(self, reader: Reader) -> None:
        """Give a reader that was stopped what came meanwhile, and what comes."""
        meanwhile = self._meanwhile
        stop = self._end_stop(reader)
        if stop is None or stop.render is None:
            return
        missed = [entry for entry in meanwhile if entry["seq"] > stop.reached]
        for frame in stop.render(self.public_id, missed) if missed else ():
            reader.write(frame)
        self._groups.setdefault(stop.render, {})[reader] = max(stop.reached, self.position)

    async def _not_stopped(self, reader: Reader) -> None:
        while stop := self._stopped.get(reader):
            await stop.over.wait()

    def _take_in(self, reader: Reader, render: Render, reached: int) -> None:
        if stop := self._stopped.get(reader):
            stop.render, stop.reached = render, reached
        else:
            self._groups.setdefault(render, {})[reader] = reached

    def _end_stop(self, reader: Reader) -> Stop | None:
        stop = self._stopped.pop(reader, None)
        if stop:
            stop.over.set()
            needed = min((each.reached for each in self._stopped.values()), default=self.position)
            self._meanwhile = [entry for entry in self._meanwhile if entry["seq"] > needed]
        return stop

    def close(self) -> None:
        bus.unsubscribe(self.topic, self)
        if self._repair:
            self._repair.cancel()

    def stands_at(self, seq: int) -> None:
        """The store says how far the conversation is; read what was never heard."""
        if seq > self.position and self.loaded:
            self._mend(0)

    def _advance(self) -> None:
        ready: list[Entry] = []
        while entry := self._later.pop(self.position + len(ready) + 1, None):
            ready.append(entry)
        if ready:
            self._deliver(ready)
        if self._later:
            self._mend(OVERTAKEN_SECONDS)

    def _deliver(self, entries: list[Entry]) -> None:
        first, self.position = entries[0]["seq"], entries[-1]["seq"]
        if self._stopped:
            self._meanwhile += entries
        delivered.inc(len(entries) * sum(map(len, self._groups.values())))
        for render, readers in self._groups.items():
            frames = render(self.public_id, entries)
            for reader, reached in list(readers.items()):
                mine = frames
                if reached >= first:  # read ahead of what was announced
                    rest = [entry for entry in entries if entry["seq"] > reached]
                    mine = render(self.public_id, rest) if rest else []
                for frame in mine:
                    reader.write(frame)

    def _mend(self, delay: float) -> None:
        if self._repair is None or self._repair.done():
            self._repair = asyncio.get_running_loop().create_task(self._read_gap(delay))

    async def _read_gap(self, delay: float) -> None:
        await asyncio.sleep(delay)
        if delay and not self._later:
            return  # the earlier one came after all
        more = True
        while more:
            try:
                page = await domain(entries_after, self.conversation, self.position, PAGE)
            except Error:
                return  # the next beat tries again
            new = [entry for entry in page.entries if entry["seq"] > self.position]
            if new:
                self._deliver(new)
            more = page.more
        self._later = {seq: entry for seq, entry in self._later.items() if seq > self.position}
        self._repair = None
        self._advance()


class Streams:
    """The open streams of this process."""

    def __init__(self) -> None:
        self._open: dict[int, Stream] = {}

    async def hold(self, conversation: Conversation) -> Stream:
        """The stream of a conversation, loaded; every `hold` wants its `release`."""
        stream = self._open.get(conversation.pk)
        if stream is None:
            stream = self._open[conversation.pk] = Stream(conversation)
        stream.holders += 1
        try:
            await stream.load()
        except BaseException:
            self.release(stream)
            raise
        return stream

    def release(self, stream: Stream) -> None:
        stream.holders -= 1
        if not stream.holders and self._open.get(stream.pk) is stream:
            del self._open[stream.pk]
            stream.close()

    async def compare(self) -> None:
        """Find what was announced and not heard: one query for all streams."""
        if self._open:
            numbers = await domain(last_numbers, list(self._open))
            for pk, seq in numbers.items():
                if stream := self._open.get(pk):
                    stream.stands_at(seq)


streams = Streams()
beat = Beat("conversations", BEAT_SECONDS, streams.compare)
