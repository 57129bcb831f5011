"""Real servers for tests: started on loopback, on a port of their own, stopped by their pid."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(state: Path, port: int | None = None, **environment: str):
    """Run what `make run` runs, with `state` as its folder; yields (demo facts, printed text)."""
    port = port or free_port()
    own = {
        "RTC_STATE_DIR": str(state),
        "PORT": str(port),
        "RTC_PROFILE": "development",
        "RTC_SECRET_KEY": "live tests",
        "RTC_PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
        "DATABASE_URL": f"sqlite:///{state / 'db.sqlite3'}",
        "REDIS_URL": "",
        "PYTHONUNBUFFERED": "1",
    }
    output = (state / "output.txt").open("w+")
    process = subprocess.Popen(
        [sys.executable, "manage.py", "up"],
        cwd=settings.BASE_DIR,
        env=os.environ | own | environment,
        stdout=output,
        stderr=subprocess.STDOUT,
    )
    try:
        wait_until_ready(port, process, output)
        facts = json.loads((state / "demo.json").read_text())
        yield facts, lambda: Path(output.name).read_text()
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        output.close()


def wait_until_ready(port: int, process, output) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(Path(output.name).read_text())
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2).close()
            return
        except (OSError, urllib.error.URLError):
            time.sleep(0.1)
    raise AssertionError("not ready: " + Path(output.name).read_text())
