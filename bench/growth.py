"""Lists at 10,000 and at 1,000,000 rows: `python -m bench.growth`, part of `make bench`.

Fills tables of a PostgreSQL database of its own by cloning rows, calls the same pages at both
sizes through the whole of Django in this process, and prints the ratio of their times.
GROWTH_ROWS="10000 100000" chooses other sizes.
"""

import os
import tempfile
import time
from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

from bench.rest import ADMIN_URL, DATABASE, database

TARGET = 1.3
ROUNDS, WARM_UP = 15, 3
SIZES = [int(size) for size in os.environ.get("GROWTH_ROWS", "10000 1000000").split()]


def main() -> None:
    url = urlunsplit(urlsplit(ADMIN_URL)._replace(path=f"/{DATABASE}"))
    with database(url), tempfile.TemporaryDirectory() as state:
        os.environ |= {
            "DATABASE_URL": url,
            "REDIS_URL": "",
            "RTC_PROFILE": "development",
            "RTC_SECRET_KEY": "bench",
            "RTC_STATE_DIR": state,
            "RTC_RATE_LIMITS": "off",
            "RTC_LOG_LEVEL": "ERROR",
            "RTC_ALLOWED_HOSTS": "testserver",
            "DJANGO_SETTINGS_MODULE": "rtcserver.settings",
        }
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        from bench.growth_rows import Rows

        call_command("migrate", verbosity=0)
        rows = Rows()
        measured: list[dict[str, float]] = []
        for size in SIZES:
            began = time.monotonic()
            rows.grow_to(size)
            print(f"{size} rows of each table after {time.monotonic() - began:.0f} s")
            measured.append({name: seconds(call) for name, call in rows.calls().items()})
        connection.close()
    report(*measured)


def seconds(call: Callable[[], object]) -> float:
    """The time of the fastest call: other work on the machine only ever adds."""
    times = []
    for number in range(ROUNDS + WARM_UP):
        began = time.perf_counter()
        call()
        if number >= WARM_UP:
            times.append(time.perf_counter() - began)
    return min(times)


def report(small: dict[str, float], large: dict[str, float]) -> None:
    print(f"\n| page | at {SIZES[0]:,} | at {SIZES[1]:,} | ratio | target |\n|---|---|---|---|---|")
    for name, before in small.items():
        after = large[name]
        mark = "" if after / before <= TARGET else " **missed**"
        figures = f"{before * 1e3:.1f} ms | {after * 1e3:.1f} ms | {after / before:.2f}"
        print(f"| {name} | {figures} | <= {TARGET}{mark} |")


if __name__ == "__main__":
    main()
