"""10,000 people who send a keepalive every 10 seconds: `python -m bench.keepalive`.

Fills a database of its own on PostgreSQL, starts the product with one process, sends at that pace
for SECONDS from this process and prints what share of one core the server used.
DATABASE_URL chooses the database server (default: PostgreSQL on 127.0.0.1).
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode, urlsplit, urlunsplit

from bench.load import request
from bench.rest import ADMIN_URL, DATABASE, PORT, database, server

PEOPLE, EVERY, SECONDS, CONNECTIONS = 10_000, 10.0, 20.0, 32
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
            report("user_keepalive", asyncio.run(drive(people, CALLED[0])))
            report("bare /livez", asyncio.run(drive(people, CALLED[1])))


async def drive(people: list[list[str]], path: str) -> tuple[float, float, list[float]]:
    """Requests a second, CPU seconds of the server a second, and the time of each request."""
    calls = [
        request("GET", f"{path}?{urlencode({'userId': user_id, 'token': token})}")
        for user_id, token in people
    ]
    times: list[float] = []
    pid = server_pid()
    started, used = time.perf_counter(), cpu_seconds(pid)
    lanes = [calls[lane::CONNECTIONS] for lane in range(CONNECTIONS)]
    await asyncio.gather(*(send(lane, started, times) for lane in lanes))
    took = time.perf_counter() - started
    return len(times) / took, (cpu_seconds(pid) - used) / took, times


async def send(calls: list[bytes], started: float, times: list[float]) -> None:
    """Each call once in EVERY seconds, evenly spread; one that is late does not wait."""
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    for turn in range(int(SECONDS / EVERY)):
        for number, call in enumerate(calls):
            due = started + EVERY * (turn + number / len(calls))
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
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


def cpu_seconds(pid: int) -> float:
    """Of all threads of the process, in user and kernel mode."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def report(work: str, measured: tuple[float, float, list[float]]) -> None:
    rate, cpu, times = measured
    ordered = sorted(times)
    p50, p99 = statistics.median(ordered) * 1000, ordered[int(len(ordered) * 0.99)] * 1000
    print(
        f"| {work} | {rate:.0f} of {PEOPLE / EVERY:.0f} a second | {cpu:.2f} of one core "
        f"| {cpu / rate * 1000:.2f} ms CPU each | {p50:.1f} / {p99:.1f} ms |"
    )


if __name__ == "__main__":
    main()
