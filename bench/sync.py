"""Versioned sync: how much a call with nothing new costs, and how long a full answer takes.

    python -m bench.sync

Starts its own server over a database of its own on PostgreSQL. Prints the rate of
`GET /user/sync/:version` with nothing new beside a bare view with one SELECT, then the full
answer of a person with 5,000 friends and 500 groups of 500, and the server's memory after it.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from urllib.parse import urlsplit, urlunsplit

import django

from bench.load import Measured, measure, request
from bench.rest import ADMIN_URL, DATABASE, PORT, ROUNDS, SECONDS, database, server

FRIENDS, GROUPS, SIZE = 5000, 500, 500


def main() -> None:
    url = urlunsplit(urlsplit(ADMIN_URL)._replace(path=f"/{DATABASE}"))
    with database(url), tempfile.TemporaryDirectory() as state:
        os.environ |= {
            "DATABASE_URL": url,
            "RTC_PROFILE": "development",
            "RTC_SECRET_KEY": "bench",
            "RTC_STATE_DIR": state,
            "RTC_RATE_LIMITS": "off",
            "DJANGO_SETTINGS_MODULE": "bench.settings",
            "PORT": str(PORT),
        }
        run = [sys.executable, "manage.py"]
        subprocess.run([*run, "migrate", "-v0"], check=True)
        django.setup()
        from bench.crowd import a_session, crowded_person, quiet_person

        session, quiet, crowded = a_session(), quiet_person(), crowded_person(FRIENDS, GROUPS, SIZE)
        with server([*run, "serve"], dict(os.environ), PORT):
            compare(session, quiet, crowded)
            full_answer(crowded)


def compare(session: str, quiet: tuple[str, int], crowded: tuple[str, int]) -> None:
    def sync(cookie: str, version: int) -> Measured:
        path = f"/user/sync/{version}"
        return measure(PORT, request("GET", path, Cookie=f"rong_im_auth={cookie}"), seconds=SECONDS)

    loads = {
        "bare view, one SELECT": lambda: measure(
            PORT, request("GET", f"/bare/{session}"), seconds=SECONDS
        ),
        "sync, nothing new": lambda: sync(*quiet),
        f"the same with {FRIENDS} friends, {GROUPS} groups of {SIZE}": lambda: sync(*crowded),
    }
    rates: dict[str, list[float]] = {name: [] for name in loads}
    for _round in range(ROUNDS):
        for name, load in loads.items():
            rates[name].append(load().per_second)
    bare, *others = (statistics.median(rounds) for rounds in rates.values())
    print("| work | beside | ratio | target |\n|---|---|---|---|")
    for name, rate in zip(list(loads)[1:], others, strict=True):
        print(f"| {name} | bare view, one SELECT | {rate / bare:.2f} | >= 0.50 |")


def full_answer(crowded: tuple[str, int]) -> None:
    cookie = {"Cookie": f"rong_im_auth={crowded[0]}"}
    call = urllib.request.Request(f"http://127.0.0.1:{PORT}/user/sync/0", headers=cookie)
    begin = time.perf_counter()
    with urllib.request.urlopen(call, timeout=120) as answer:
        first = time.perf_counter() - begin
        size = sum(len(part) for part in iter(lambda: answer.read(1 << 16), b""))
    total = time.perf_counter() - begin
    print(f"\nEverything: {size / 1e6:.1f} MB, first byte after {first:.1f} s, all {total:.1f} s")
    print(f"memory of the server at its highest: {peak_megabytes()} MB")


def peak_megabytes() -> int:
    """Of the largest process that serves on our port."""
    out = subprocess.run(["pgrep", "-f", "manage.py serve"], capture_output=True, text=True)
    peaks = [0]
    for pid in out.stdout.split():
        with open(f"/proc/{pid}/status") as status:
            [line] = [line for line in status if line.startswith("VmHWM")]
            peaks.append(int(line.split()[1]) // 1024)
    return max(peaks)


if __name__ == "__main__":
    main()
