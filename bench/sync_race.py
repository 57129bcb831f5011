"""Do versions taken in different ways lose rows? Writers commit, one device syncs meanwhile.

    python bootstrap.py python bench/sync_race.py

Works in the database of DATABASE_URL, on one table of its own that it drops at the end. Prints
for each way how many committed rows the device never got: the claim of
docs/decisions/0004-sync-clock.md is 0 for the clock and more than 0 for the others (on
PostgreSQL; the writers of SQLite are serial, so that there nothing can be lost).
"""

import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import django

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rtcserver.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402

from rtcserver.models import SyncClock  # noqa: E402

WRITERS, ROWS = 4, 100
WORK_SECONDS = 0.002  # between taking the stamp and committing


def milliseconds() -> int:
    return time.time_ns() // 1_000_000


def sequence() -> int:
    return scalar("SELECT nextval('race_stamps')")


def scalar(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def write(stamp: Callable[[], int]) -> None:
    for _row in range(ROWS):
        with transaction.atomic():
            taken = stamp()
            time.sleep(WORK_SECONDS)
            run(f"INSERT INTO race_rows (stamp) VALUES ({taken})")
    connection.close()


def read(done: Event) -> int:
    """Ask again and again for what is newer than the newest row known; count what comes."""
    version = seen = 0
    while True:
        finished = done.is_set()
        with connection.cursor() as cursor:
            cursor.execute("SELECT stamp FROM race_rows WHERE stamp > %s", [version])
            found = [row[0] for row in cursor.fetchall()]
        seen, version = seen + len(found), max([version, *found])
        if finished:
            connection.close()
            return seen


def race(stamp: Callable[[], int]) -> tuple[int, float]:
    """Return how many rows the device missed, and how many were written in a second."""
    run("DELETE FROM race_rows")
    done, begin = Event(), time.perf_counter()
    with ThreadPoolExecutor(WRITERS + 1) as pool:
        reading = pool.submit(read, done)
        for writing in [pool.submit(write, stamp) for _writer in range(WRITERS)]:
            writing.result()
        rate = WRITERS * ROWS / (time.perf_counter() - begin)
        done.set()
    return WRITERS * ROWS - reading.result(), rate


def main() -> None:
    ways: dict[str, Callable[[], int]] = {"time in ms": milliseconds, "SyncClock": SyncClock.tick}
    run("CREATE TABLE race_rows (stamp bigint)")
    if connection.vendor == "postgresql":
        run("CREATE SEQUENCE race_stamps")
        ways = {"time in ms": milliseconds, "sequence": sequence, "SyncClock": SyncClock.tick}
    try:
        for name, stamp in ways.items():
            lost, rate = race(stamp)
            print(f"{name:<12} lost {lost:>4} of {WRITERS * ROWS} rows   {rate:>6.0f} writes/s")
    finally:
        run("DROP TABLE race_rows")
        if connection.vendor == "postgresql":
            run("DROP SEQUENCE race_stamps")


if __name__ == "__main__":
    main()
