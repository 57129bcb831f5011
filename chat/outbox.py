"""Messages of this process on their way into the store, many to a transaction.

While one batch is committed the next one gathers, so a busy process commits some hundred times
a second however many people speak; an idle one commits each message at once.
"""

import asyncio
import logging
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context

from django.db import Error, OperationalError

from chat.services import Draft, Posted, post_many
from rtcserver import tracing
from rtcserver.errors import DatabaseAway, DomainError
from rtcserver.sockets import domain_on

BATCH = 200
# After a batch of several the next one gathers for a part of the time that the last one took.
PAUSE, LONGEST_PAUSE = 0.25, 0.005
WAITING = 5_000  # messages; beyond that senders are refused
PATIENCE = 1.0  # seconds for a row that somebody else holds
SPARE_THREADS = 4
LOCK_TIMEOUT, DEADLOCK = "55P03", "40P01"  # what PostgreSQL calls them

_thread = ThreadPoolExecutor(1, thread_name_prefix="outbox")
_spare = ThreadPoolExecutor(SPARE_THREADS, thread_name_prefix="outbox-aside")

logger = logging.getLogger(__name__)

Waiting = deque[tuple[Draft, "asyncio.Future[Posted]"]]


class Overloaded(Exception):
    """The database does not keep up; the message was not stored."""


class Outbox:
    """Takes drafts from all sockets of the process; one transaction at a time.

    Two at a time would halve the batches, and a batch costs much more than a message more. Only
    what a batch fails by is set aside: each conversation of it goes on by itself, draft by draft,
    until nothing waits for it any more.
    """

    def __init__(self) -> None:
        self._waiting: Waiting = deque()
        self._aside: dict[int, Waiting] = {}  # by conversation
        self._task: asyncio.Task[None] | None = None
        self._tasks_aside: set[asyncio.Task[None]] = set()

    async def post(self, draft: Draft) -> Posted:
        """Store one message; returns when it is committed.

        Raises:
            DomainError: A rule refuses it.
            Overloaded: Too many wait.
            django.db.Error: The database is away, or somebody holds what the message needs; sent
                again with the same id it is stored once.
        """
        if len(self._waiting) + sum(map(len, self._aside.values())) >= WAITING:
            raise Overloaded
        loop = asyncio.get_running_loop()
        stored: asyncio.Future[Posted] = loop.create_future()
        self._waiting.append((draft, stored))
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._store(), context=Context())  # of no one sender
        return await stored

    async def _store(self) -> None:
        while self._waiting:
            if not (batch := self._next_batch()):
                return
            started = time.monotonic()
            try:
                with tracing.span("messages stored", messages=len(batch)):
                    results = await _stored(_thread, [draft for draft, _stored in batch])
            except Exception as fault:  # noqa: BLE001 (one draft's must not be everybody's)
                if not _is_away(fault):
                    self._set_aside(batch)
                    continue
                results = [fault] * len(batch)  # each sender is told, and may send again
            took = time.monotonic() - started
            for (_draft, stored), result in zip(batch, results, strict=True):
                _settle(stored, result)
            if len(batch) > 1:
                await asyncio.sleep(min(took * PAUSE, LONGEST_PAUSE))

    def _next_batch(self) -> Waiting:
        batch: Waiting = deque()
        while self._waiting and len(batch) < BATCH:
            draft, stored = self._waiting.popleft()
            self._aside.get(draft.conversation_id, batch).append((draft, stored))
        return batch

    def _set_aside(self, batch: Waiting) -> None:
        for draft, stored in batch:
            if draft.conversation_id not in self._aside:
                self._aside[draft.conversation_id] = deque()
                storing = self._store_aside(draft.conversation_id)
                task = asyncio.get_running_loop().create_task(storing)
                self._tasks_aside.add(task)
                task.add_done_callback(self._tasks_aside.discard)
            self._aside[draft.conversation_id].append((draft, stored))

    async def _store_aside(self, conversation_id: int) -> None:
        waiting = self._aside[conversation_id]
        try:
            while waiting:
                draft, stored = waiting.popleft()
                _settle(stored, await _stored_alone(draft))
        finally:
            del self._aside[conversation_id]


async def _stored_alone(draft: Draft) -> Posted | Exception:
    try:
        [result] = await _stored(_spare, [draft])
    except Exception as fault:  # noqa: BLE001 (the sender's socket is told)
        if isinstance(fault, Error):
            logger.error("A message was not stored: %s", type(fault.__cause__ or fault).__name__)
        return fault
    return result


async def _stored(
    pool: ThreadPoolExecutor, drafts: list[Draft]
) -> list[Posted | DomainError] | list[Exception]:
    """Commit them, in a second attempt if the database ended the first for a deadlock."""
    try:
        return await domain_on(pool, post_many, drafts, patience=PATIENCE)
    except OperationalError as fault:
        if _state(fault) != DEADLOCK:
            raise
    return await domain_on(pool, post_many, drafts, patience=PATIENCE)


def _is_away(fault: Exception) -> bool:
    """Whether no draft can be stored now, whatever it is."""
    unusable = isinstance(fault, DatabaseAway)
    return unusable and _state(fault) not in (LOCK_TIMEOUT, DEADLOCK)


def _state(fault: Exception) -> str | None:
    return getattr(fault.__cause__, "pgcode", None)


def _settle(stored: "asyncio.Future[Posted]", result: Posted | Exception) -> None:
    if stored.done():  # the sender has gone
        return
    if isinstance(result, Exception):
        stored.set_exception(result)
    else:
        stored.set_result(result)


outbox = Outbox()
