"""Messages of this process on their way into the store, many to a transaction.

While one batch is committed the next one gathers, so a busy process commits some hundred times
a second however many people speak; an idle one commits each message at once.
"""

import asyncio
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor

from django.db import Error

from chat.services import Draft, Posted, post_many
from rtcserver.sockets import domain_on

BATCH = 200
# After a batch of several the next one gathers for a part of the time that the last one took.
PAUSE, LONGEST_PAUSE = 0.25, 0.005
WAITING = 5_000  # messages; beyond that senders are refused

_thread = ThreadPoolExecutor(1, thread_name_prefix="outbox")


class Overloaded(Exception):
    """The database does not keep up; the message was not stored."""


class Outbox:
    """Takes drafts from all sockets of the process; one transaction at a time.

    Two at a time would halve the batches, and a batch costs much more than a message more.
    """

    def __init__(self) -> None:
        self._waiting: deque[tuple[Draft, asyncio.Future[Posted]]] = deque()
        self._task: asyncio.Task[None] | None = None

    async def post(self, draft: Draft) -> Posted:
        """Store one message; returns when it is committed.

        Raises:
            DomainError: A rule refuses it.
            Overloaded: Too many wait.
            django.db.Error: The database is away; sent again with the same id it is stored once.
        """
        if len(self._waiting) >= WAITING:
            raise Overloaded
        loop = asyncio.get_running_loop()
        stored: asyncio.Future[Posted] = loop.create_future()
        self._waiting.append((draft, stored))
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._store())
        return await stored

    async def _store(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            started = time.monotonic()
            results = await _stored([draft for draft, _stored in batch])
            took = time.monotonic() - started
            for (_draft, stored), result in zip(batch, results, strict=True):
                _settle(stored, result)
            if len(batch) > 1:
                await asyncio.sleep(min(took * PAUSE, LONGEST_PAUSE))


async def _stored(drafts: list[Draft]) -> list[Posted | Exception]:
    try:
        return [*await domain_on(_thread, post_many, drafts)]
    except Error as fault:  # each sender is told, and may send again
        return [fault] * len(drafts)
    except Exception as fault:  # noqa: BLE001 (a fault of one draft must not be everybody's)
        if len(drafts) == 1:
            return [fault]
        return [result for draft in drafts for result in await _stored([draft])]


def _settle(stored: asyncio.Future[Posted], result: Posted | Exception) -> None:
    if stored.done():  # the sender has gone
        return
    if isinstance(result, Exception):
        stored.set_exception(result)
    else:
        stored.set_result(result)


outbox = Outbox()
