"""10,000 people who send a keepalive every 10 seconds: `python -m bench.keepalive`.

Fills a database of its own on PostgreSQL with that many people and their rooms, starts the product
with one process, sends for a while at PACE (which leaves the server time to spare, so that its CPU
and not a queue is measured) and prints the CPU of one call, of the server and of its database, and
what that makes for all of them. As many people call as call once in EVERY seconds at that pace.
DATABASE_URL chooses the database server (default: PostgreSQL on 127.0.0.1).
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit, urlunsplit

import psycopg2

from bench.load import request
from bench.rest import ADMIN_URL, DATABASE, PORT, database, server

PEOPLE, EVERY, PACE, SECONDS, CONNECTIONS = 10_000, 10.0, 300, 10.0, 8
CALLED = ("/base/v1/auth_users/user_keepalive", "/livez")


def main() -> None:
    url = urlunsplit(urlsplit(ADMIN_URL)._replace(path=f"/{DATABASE}"))
    with database(url), tempfile.TemporaryDirectory() as state:
        environment = os.environ | {
            "DATABASE_URL": url,
            "RTC_PROFILE": "development",
            "RTC_SECRET_KEY": "bench",
            "RTC_STATE_DIR": state,
            "RTC_RATE_LIMITS": "off",
            "RTC_LOG_LEVEL": "ERROR",
            "RTC_EMBEDDED_WORKER": "off",  # everybody who is not driven falls silent meanwhile
            "PORT": str(PORT),
            "DJANGO_SETTINGS_MODULE": "rtcserver.settings",
        }
        run = [sys.executable, "manage.py"]
        subprocess.run([*run, "migrate", "-v0"], env=environment, check=True)
        fill = subprocess.run(
            [sys.executable, "-m", "bench.people", str(PEOPLE)],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        people = [line.split() for line in fill.stdout.splitlines()]
        with server([*run, "serve"], environment, PORT):
            time.sleep(3)  # what begins every few seconds has begun
            asyncio.run(drive(people, CALLED[0]))  # everybody was heard of ten seconds ago
            print("| work | CPU of one | of its database | cores for all | p50 / p99 ms |")
            print("|---|---|---|---|---|")
            keepalive = report("user_keepalive", asyncio.run(drive(people, CALLED[0])))
            bare = report("bare /livez", asyncio.run(drive(people, CALLED[1])))
            print(f"user_keepalive beside bare /livez: {keepalive / bare:.2f}")


@dataclass(frozen=True)
class Driven:
    times: list[float]  # of each request
    server: float  # CPU seconds of one request
    database: float


async def drive(people: list[list[str]], path: str) -> Driven:
    calls = [
        request("GET", f"{path}?{urlencode({'userId': user_id, 'token': token})}")
        for user_id, token in people
    ]
    times: list[float] = []
    server, database = [server_pid()], database_pids()
    started, used, used_there = time.perf_counter(), cpu_seconds(server), cpu_seconds(database)
    lanes = [calls[lane::CONNECTIONS] for lane in range(CONNECTIONS)]
    await asyncio.gather(*(send(lane, started, times) for lane in lanes))
    return Driven(
        times,
        (cpu_seconds(server) - used) / len(times),
        (cpu_seconds(database) - used_there) / len(times),
    )


async def send(calls: list[bytes], started: float, times: list[float]) -> None:
    """One lane of PACE, evenly spread over SECONDS; what is late does not wait."""
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    number = int(PACE * SECONDS / CONNECTIONS)
    for turn, call in enumerate(calls[:number]):
        await asyncio.sleep(max(0.0, started + SECONDS * turn / number - time.perf_counter()))
        before = time.perf_counter()
        writer.write(call)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        times.append(time.perf_counter() - before)
    writer.close()


def server_pid() -> int:
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return int(children[-1])


def cpu_seconds(pids: list[int]) -> float:
    """Of all threads of the processes, in user and kernel mode; gone ones count nothing."""
    used = 0
    for pid in pids:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            used += int(fields[11]) + int(fields[12])
    return used / os.sysconf("SC_CLK_TCK")


def database_pids() -> list[int]:
    """The backends that serve our database; empty if they run on another machine."""
    url = urlunsplit(urlsplit(ADMIN_URL)._replace(path=f"/{DATABASE}"))
    with closing(psycopg2.connect(url)) as asking, asking.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            [DATABASE],
        )
        return [pid for (pid,) in cursor.fetchall()]


def report(work: str, driven: Driven) -> float:
    ordered = sorted(driven.times)
    p50, p99 = statistics.median(ordered) * 1000, ordered[int(len(ordered) * 0.99)] * 1000
    both = driven.server + driven.database
    print(
        f"| {work} | {driven.server * 1000:.2f} ms | {driven.database * 1000:.2f} ms "
        f"| {both * PEOPLE / EVERY:.2f} | {p50:.1f} / {p99:.1f} |"
    )
    return both


if __name__ == "__main__":
    main()
