"""PostgreSQL servers of a test's own, and the suite's tables in them."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests.servers import free_port


def rows_behind(database, app: str, migration: str):
    """Migrate so far, forward or back; returns how to reach the rows of a model there."""
    target = [(app, migration)]
    MigrationExecutor(database).migrate(target)
    models = MigrationExecutor(database).loader.project_state(target).apps
    return lambda app, model: models.get_model(app, model)._base_manager.using(database.alias)


def binary(name: str) -> str:
    """Where a program of PostgreSQL is: Debian keeps the server's out of PATH. Empty: nowhere."""
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(installed[-1]) if installed else "")


def suite_url() -> str:
    """The database the suite uses."""
    facts = connection.settings_dict
    password = f":{facts['PASSWORD']}" if facts["PASSWORD"] else ""
    server = f"{facts['USER']}{password}@{facts['HOST']}:{facts['PORT'] or 5432}"
    return f"postgres://{server}/{facts['NAME']}"


def copy_tables(url: str) -> None:
    """Give an empty database what the suite's has: much quicker than to migrate it."""
    load = [binary("psql"), "-q", "-v", "ON_ERROR_STOP=1", "-o", os.devnull, url]
    options = ["--no-owner", "--no-privileges", suite_url()]
    dump = subprocess.run([binary("pg_dump"), *options], check=True, capture_output=True)
    subprocess.run(load, input=dump.stdout, check=True)


def run(url: str, statement: str) -> list[tuple]:
    session = psycopg2.connect(url)
    session.autocommit = True
    try:
        with session.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        session.close()


class OwnPostgres:
    """A PostgreSQL server of a test's own, to be restarted in any manner."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        self._folder = Path(tempfile.mkdtemp(prefix="rtc-postgres-"))
        # It refuses to run as root.
        self._user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None

    def __enter__(self) -> "OwnPostgres":
        if self._user:
            os.chown(self._folder, self._user.pw_uid, self._user.pw_gid)
        self._do("initdb", "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8")
        with (self._folder / "postgresql.conf").open("a") as settings:
            settings.write(
                f"port = {self.port}\nlisten_addresses = '127.0.0.1'\n"
                f"unix_socket_directories = '{self._folder}'\nmax_connections = 60\n"
            )
        self.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._control("stop", "-m", "immediate")
        shutil.rmtree(self._folder, ignore_errors=True)

    @contextmanager
    def database(self, name: str) -> Iterator[str]:
        """An empty database that goes when the block ends; yields its URL."""
        run(self.url, f"CREATE DATABASE {name}")
        try:
            yield f"{self.url.rpartition('/')[0]}/{name}"
        finally:
            run(self.url, f"DROP DATABASE {name} WITH (FORCE)")

    def start(self) -> None:
        self._control("start", "-w", "-l", str(self._folder / "log"))

    def stop(self, mode: str) -> None:
        """`fast` ends every session; `immediate` is a crash, which recovers at the next start."""
        self._control("stop", "-m", mode)

    def restart(self, mode: str) -> float:
        """Returns how many seconds it took until sessions were taken again."""
        begun = time.monotonic()
        self.stop(mode)
        self.start()
        return time.monotonic() - begun

    def _control(self, *arguments: str) -> None:
        self._do("pg_ctl", *arguments)

    def _do(self, program: str, *arguments: str) -> None:
        owner = {"user": self._user.pw_uid, "group": self._user.pw_gid} if self._user else {}
        subprocess.run(
            [binary(program), "-D", str(self._folder), *arguments],
            check=True, stdout=subprocess.DEVNULL, cwd=self._folder, **owner,
        )  # fmt: skip
