"""Real servers for tests: started on loopback, on a port of their own, stopped by their pid."""

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import redis
from django.conf import settings
from django.db import connection

from tests.tables import migrated


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
    database = state / "db.sqlite3"
    if "DATABASE_URL" not in environment and not database.exists():
        shutil.copy(migrated(), database)
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
        facts = json.loads((state / "demo.json").read_text()) | {"pid": process.pid}
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
    deadline = time.monotonic() + 110
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(Path(output.name).read_text())
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2).close()
            return
        except (OSError, urllib.error.URLError):
            time.sleep(0.1)
    raise AssertionError("not ready: " + Path(output.name).read_text())


class Server:
    """One `manage.py serve`, to be killed and started again on the same port."""

    def __init__(self, state: Path, database_url: str, redis_url: str = "", **environment: str):
        self.port = free_port()
        self._output = (state / f"server-{self.port}.txt").open("a")
        self._environment = {
            "PORT": str(self.port),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "PYTHONUNBUFFERED": "1",
            **environment,
        }
        self.process: subprocess.Popen | None = None

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.kill()
        self._output.close()

    def start(self) -> None:
        """Returns once it serves."""
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=settings.BASE_DIR,
            env=os.environ | self._environment,
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )
        wait_until_ready(self.port, self.process, self._output)

    def kill(self) -> None:
        """SIGKILL: nothing is finished, nobody is told."""
        self.process.kill()
        self.process.wait()

    @property
    def printed(self) -> str:
        return Path(self._output.name).read_text()

    @property
    def memory(self) -> int:
        """Bytes it holds in memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) * 1024


class OwnRedis:
    """A Redis of this test's own, to be emptied, killed and started again."""

    def __init__(self, state: Path) -> None:
        self.port, self._state = free_port(), state
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def __enter__(self) -> "OwnRedis":
        self.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.kill()

    def start(self) -> None:
        options = {"port": self.port, "bind": "127.0.0.1", "save": "", "dir": self._state}
        given = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        self._process = subprocess.Popen(
            [shutil.which("redis-server"), *given], stdout=subprocess.DEVNULL
        )
        with redis.Redis(port=self.port) as probe:
            deadline = time.monotonic() + 10
            while True:
                try:
                    probe.ping()
                    return
                except redis.ConnectionError:
                    assert time.monotonic() < deadline, "no Redis"
                    time.sleep(0.05)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def flush(self) -> None:
        with redis.Redis(port=self.port) as own:
            own.flushall()


class OwnJanus:
    """A Janus of this test's own, started as deploy/janus does, to be killed and started again.

    Its API listens on loopback; media takes the machine's own address, for Janus gathers no
    candidates on loopback.
    """

    def __init__(self, state: Path) -> None:
        self.port, self._output = free_port(), (state / "janus.txt").open("a")
        self.environment = {
            "RTC_MEDIA_BACKEND": "janus",
            "RTC_JANUS_URL": f"ws://127.0.0.1:{self.port}",
            "RTC_JANUS_API_SECRET": "shared-with-janus",
            "RTC_JANUS_ADMIN_KEY": "makes-rooms",
        }
        own = {"JANUS_PORT": str(self.port), "JANUS_RUN": str(state / "janus")}
        self._start = os.environ | self.environment | own

    def __enter__(self) -> "OwnJanus":
        self.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.kill()
        self._output.close()

    def start(self) -> None:
        """Returns once its API answers."""
        command = [settings.BASE_DIR / "deploy" / "janus" / "start"]
        self._process = subprocess.Popen(
            command, env=self._start, stdout=self._output, stderr=subprocess.STDOUT
        )
        deadline = time.monotonic() + 10
        while not self._listens():
            assert self._process.poll() is None, self.printed
            assert time.monotonic() < deadline, self.printed
            time.sleep(0.05)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    @property
    def printed(self) -> str:
        return Path(self._output.name).read_text()

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def database_for_servers(state: Path) -> str:
    """URL of a database with what the test has written so far: PostgreSQL's own, SQLite's copy."""
    if connection.vendor == "postgresql":
        facts = connection.settings_dict
        owner = f"{facts['USER']}:{facts['PASSWORD']}@{facts['HOST']}:{facts['PORT']}"
        return f"postgres://{owner}/{facts['NAME']}"
    path = state / "copy.sqlite3"
    connection.ensure_connection()
    with sqlite3.connect(path) as copy:
        connection.connection.backup(copy)
    return f"sqlite:///{path}"
