"""Presence of 10,000 people who each say every 10 seconds that they are there.

`python -m bench.keepalive` starts its own server on loopback over a database of its own, signs
10,000 people in, and sends their keepalives evenly for SECONDS. It prints how many were answered
in time, what share of one CPU the server took, and what a keepalive costs beside the cheapest
answer of the same dialect. DATABASE_URL chooses the database server.
"""

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from urllib.parse import urlsplit, urlunsplit

import psycopg2

from bench.rest import ADMIN_URL, DATABASE, database, server

PORT = 8792
PEOPLE, EVERY, SECONDS, SENDERS = 10_000, 10.0, 20.0, 16
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
SIGN_IN_ALL = """
from accounts.models import LiveRoomToken, SignatureLogin, SignatureUser, User
from accounts.hashers import checksum
from django.utils import timezone
from datetime import timedelta
later = timezone.now() + timedelta(days=30)
people = User.objects.bulk_create(User() for _ in range({people}))
SignatureUser.objects.bulk_create(
    SignatureUser(user=user, public_id=f"bench{{n}}") for n, user in enumerate(people)
)
logins = SignatureLogin.objects.bulk_create(
    SignatureLogin(user=user, expires_at=later) for user in people
)
LiveRoomToken.objects.bulk_create(
    LiveRoomToken(login=login, checksum=checksum(f"token{{n}}"), expires_at=later)
    for n, login in enumerate(logins)
)
"""


def main() -> None:
    url = urlunsplit(urlsplit(ADMIN_URL)._replace(path=f"/{DATABASE}"))
    with database(url), tempfile.TemporaryDirectory() as state:
        environment = os.environ | {
            "DATABASE_URL": url,
            "RTC_PROFILE": "development",
            "RTC_SECRET_KEY": "bench",
            "RTC_STATE_DIR": state,
            "RTC_RATE_LIMITS": "off",
            "PORT": str(PORT),
        }
        run = [sys.executable, "manage.py"]
        subprocess.run([*run, "migrate", "-v0"], env=environment, check=True)
        made = SIGN_IN_ALL.format(people=PEOPLE)
        subprocess.run([*run, "shell", "-v0", "-c", made], env=environment, check=True)
        with server([*run, "serve"], environment, PORT):
            report(url, server_pid())


def report(url: str, pid: int) -> None:
    floor, own = cost("/base/v1/", 600), cost(keepalive(0), 600)
    print(f"keepalive / cheapest answer of the dialect: {own / floor:.2f}")
    writes, cpu, began = updates(url), cpu_seconds(pid), time.monotonic()
    late = run_all()
    took = time.monotonic() - began
    cpu, writes = cpu_seconds(pid) - cpu, updates(url) - writes
    due, answered = int(SECONDS * PEOPLE / EVERY), len(late)
    print(f"{PEOPLE} people every {EVERY:.0f} s: {answered} of {due} answered in {took:.1f} s")
    print(f"server CPU: {cpu / took:.2f} of one core, {1000 * cpu / answered:.2f} ms a keepalive")
    print(f"presence writes per keepalive: {writes / answered:.2f}")
    print(f"behind schedule: median {statistics.median(late):.3f} s, worst {max(late):.3f} s")


def keepalive(number: int) -> str:
    return f"/base/v1/auth_users/user_keepalive?userId=bench{number}&token=token{number}"


def ask(connection: http.client.HTTPConnection, path: str) -> None:
    connection.request("POST", path)
    answer = json.loads(connection.getresponse().read())
    assert answer["errorCode"] == 0, answer


def cost(path: str, times: int) -> float:
    """Median seconds of one answer on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
    took = []
    for _time in range(times):
        began = time.perf_counter()
        ask(connection, path)
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def run_all() -> list[float]:
    """Send what is due at its time; returns how late each answer was, in seconds."""
    late: list[float] = []
    began = time.monotonic() + 0.5

    def send(first: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
        for turn in range(first, int(SECONDS * PEOPLE / EVERY), SENDERS):
            due = began + turn * EVERY / PEOPLE
            time.sleep(max(0.0, due - time.monotonic()))
            if time.monotonic() > began + 2 * SECONDS:
                break  # far behind: the figures say so already
            ask(connection, keepalive(turn % PEOPLE))
            late.append(time.monotonic() - due)

    senders = [threading.Thread(target=send, args=(first,)) for first in range(SENDERS)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    return late


def server_pid() -> int:
    found = subprocess.run(
        ["pgrep", "-P", str(os.getpid()), "-f", "manage.py serve"],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(found.stdout.split()[0])


def cpu_seconds(pid: int) -> float:
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def updates(url: str) -> int:
    """Rows of presence written so far."""
    time.sleep(1.5)  # the server's statistics lag a second
    connection = psycopg2.connect(url)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n_tup_ins + n_tup_upd FROM pg_stat_user_tables WHERE relname = 'rooms_presence'"
        )
        [count] = cursor.fetchone()
    connection.close()
    return count


if __name__ == "__main__":
    main()
