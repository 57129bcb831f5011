"""Running real threads against the database."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Event, Thread
from typing import Any

from django.db import connection, connections, transaction
from django.db.models import Model, QuerySet

from rtcserver.errors import DomainError

SECONDS = 5


def in_parallel(calls: Iterable[Callable[[], Any]]) -> list[Any]:
    """Start all `calls` at the same moment; return their results, or the refusals they raised."""
    calls = list(calls)
    start = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return call()
        except DomainError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def on_a_loop(work: Coroutine[Any, Any, Any]) -> Any:
    """Run it on a loop of its own: the driver of the browsers keeps one in the tests' thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def close_in(pool: ThreadPoolExecutor, size: int) -> None:
    """Close the connections of all threads of a pool."""
    together = Barrier(size)

    def close() -> None:
        together.wait(SECONDS)
        connections.close_all()

    for done in [pool.submit(close) for _ in range(size)]:
        done.result(SECONDS)


@contextmanager
def held(rows: QuerySet[Any]) -> Iterator[Event]:
    """Hold rows in another transaction until the event is set, or the block ends."""
    with _holding(lambda: list(rows.select_for_update())) as (holds, release):
        assert holds.wait(SECONDS)
        yield release


@contextmanager
def table_held(model: type[Model], mode: str) -> Iterator[tuple[Event, Event]]:
    """The same with a table of PostgreSQL; yields what is set once it is held, and what ends it."""
    with _holding(lambda: execute(f"LOCK TABLE {model._meta.db_table} IN {mode} MODE")) as events:
        yield events


@contextmanager
def _holding(take: Callable[[], object]) -> Iterator[tuple[Event, Event]]:
    holds, release = Event(), Event()

    def hold() -> None:
        with transaction.atomic():
            take()
            holds.set()
            release.wait(30)
        connections.close_all()

    thread = Thread(target=hold)
    thread.start()
    try:
        yield holds, release
    finally:
        release.set()
        thread.join(SECONDS)


def execute(statement: str) -> Any:
    """The first row, if there are any."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone() if cursor.description else None


WAITING = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def waiting_for_rows() -> int:
    """How many sessions of this database wait for a lock (PostgreSQL)."""
    return execute(f"SELECT count(*) {WAITING}")[0]


def cut_waiting() -> None:
    """End the connection of whoever waits for a lock, as an administrator or a crash does."""
    until(waiting_for_rows)
    execute(f"SELECT pg_terminate_backend(pid) {WAITING}")


def until(holds: Callable[[], object], seconds: float = 10) -> None:
    """Return as soon as it holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.01)
