"""REST beside its limits: `make bench`. Prints ratios; absolute figures depend on the machine.

Starts its own servers on loopback over a database of its own, measures in interleaved rounds and
stops them again. DATABASE_URL chooses the database server (default: PostgreSQL on 127.0.0.1).
"""

import base64
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg2

from bench.load import Measured, measure, request

ADMIN_URL = os.environ.get("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")

PORT = int(os.environ.get("BENCH_PORT", "8790"))
BARE_PORT = PORT + 1
DATABASE = f"rtcserver_bench_{PORT}"
ROUNDS, SECONDS, CONNECTIONS = 3, 1.5, 8


def main() -> None:
    url = urlunsplit(urlsplit(ADMIN_URL)._replace(path=f"/{DATABASE}"))
    with database(url), tempfile.TemporaryDirectory() as state:
        environment = os.environ | {
            "DATABASE_URL": url,
            "RTC_PROFILE": "development",
            "RTC_SECRET_KEY": "bench",
            "RTC_STATE_DIR": state,
            "RTC_RATE_LIMITS": "off",
            "DJANGO_SETTINGS_MODULE": "bench.settings",
            "PORT": str(PORT),
        }
        run = [sys.executable, "manage.py"]
        subprocess.run([*run, "migrate", "-v0"], env=environment, check=True)
        made = subprocess.run(
            [*run, "create_api_client", "--team", "Bench", "--name", "Bench", "--json"],
            env=environment,
            check=True,
            capture_output=True,
        )
        bare = [sys.executable, "-m", "uvicorn", "bench.bare_asgi:asgi", "--port", str(BARE_PORT)]
        with (
            server([*run, "serve"], environment, PORT),
            server([*bare, "--log-level", "error"], environment, BARE_PORT),
        ):
            report(run_all(json.loads(made.stdout), url))


@contextmanager
def database(url: str) -> Iterator[None]:
    """A database of this run's own, dropped afterwards."""
    admin = psycopg2.connect(ADMIN_URL)
    admin.autocommit = True
    with admin.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {DATABASE}")
        try:
            yield
        finally:
            cursor.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
            admin.close()


@contextmanager
def server(command: list[str], environment: dict[str, str], port: int) -> Iterator[int]:
    """A running server; yields its process id."""
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=1).close()
                break
            except OSError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise
                time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=15)


def run_all(key: dict[str, str], url: str) -> dict[str, list[Measured]]:
    basic = base64.b64encode(f"{key['api_key']}:{key['key_secret']}".encode()).decode()
    token_request = request(
        "POST",
        "/v1/auth/token",
        b"grant_type=client_credentials",
        Authorization=f"Basic {basic}",
        Content_Type="application/x-www-form-urlencoded",
    )
    bearer = f"Bearer {fetch(token_request)['access_token']}"
    plan = {
        "session_name": "Bench",
        "start_time": "2050-06-08T04:07:11Z",
        "end_time": "2050-06-08T05:07:11Z",
        "participants": [
            {"display_name": "Host", "role": "host"},
            {"display_name": "Guest", "role": "guest"},
        ],
    }
    create = request(
        "POST",
        "/v1/sessions",
        json.dumps(plan).encode(),
        Authorization=bearer,
        Content_Type="application/json",
    )
    session_id = fetch(create)["session_id"]
    read = request("GET", f"/v1/sessions/{session_id}", Authorization=bearer)
    loads = {
        "bare ASGI": lambda: measure(BARE_PORT, request("GET", "/"), seconds=SECONDS),
        "bare view, one SELECT": lambda: measure(
            PORT, request("GET", f"/bare/{session_id}"), seconds=SECONDS
        ),
        "GET session": lambda: measure(PORT, read, seconds=SECONDS),
        "bare view, the same INSERTs": lambda: measure(
            PORT, request("POST", f"/bare/{session_id}"), seconds=SECONDS
        ),
        "POST session, 2 participants": lambda: measure(PORT, create, seconds=SECONDS),
        "token request": lambda: measure(PORT, token_request, seconds=SECONDS),
        "database round trip": lambda: round_trips(url),
    }
    measured: dict[str, list[Measured]] = {name: [] for name in loads}
    for _round in range(ROUNDS):
        for name, load in loads.items():
            measured[name].append(load())
    return measured


def fetch(raw: bytes) -> dict:
    head, _blank, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, path, _version = first.split()
    headers = dict(line.split(": ", 1) for line in lines if not line.startswith("Host"))
    call = urllib.request.Request(
        f"http://127.0.0.1:{PORT}{path}", data=body or None, headers=headers, method=method
    )
    with urllib.request.urlopen(call, timeout=10) as answer:
        return json.load(answer)


def round_trips(url: str) -> Measured:
    return on_threads(url, lambda cursor: cursor.execute("SELECT 1"))


def on_threads(
    url: str, act, *, seconds: float = SECONDS, connections: int = CONNECTIONS
) -> Measured:
    """Run `act(cursor)` and commit, over and over, on so many connections at once."""
    times: list[float] = []
    end = time.perf_counter() + seconds

    def work() -> None:
        connection = psycopg2.connect(url)
        with connection.cursor() as cursor:
            while (started := time.perf_counter()) < end:
                act(cursor)
                connection.commit()
                times.append(time.perf_counter() - started)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ordered = sorted(times)
    return Measured(
        len(times) / seconds,
        statistics.median(ordered) * 1000,
        ordered[int(len(ordered) * 0.99)] * 1000,
    )


def report(measured: dict[str, list[Measured]]) -> None:
    rate = {
        name: statistics.median(m.per_second for m in rounds) for name, rounds in measured.items()
    }
    targets = [
        ("GET session", "bare view, one SELECT", 0.60),
        ("POST session, 2 participants", "bare view, the same INSERTs", 0.40),
        ("token request", "GET session", 0.30),
        ("bare view, one SELECT", "bare ASGI", None),
        ("bare view, one SELECT", "database round trip", None),
    ]
    print("| work | beside | ratio | target | p50 / p99 ms |\n|---|---|---|---|---|")
    for work, beside, target in targets:
        ratio = rate[work] / rate[beside]
        p50, p99 = (
            statistics.median(getattr(m, name) for m in measured[work])
            for name in ("p50_ms", "p99_ms")
        )
        wanted = f">= {target:.2f}" if target else "-"
        print(f"| {work} | {beside} | {ratio:.2f} | {wanted} | {p50:.1f} / {p99:.1f} |")


if __name__ == "__main__":
    main()
