"""Test databases: begun from one migrated file, and emptied in one short transaction."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.test import TransactionTestCase

from rtcserver.sockets.opening import open_from

# Written by migrating and never by a test; making them anew takes longer than most tests.
KEPT = {
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "django_content_type",
}


def migrated() -> Path:
    """An SQLite file with every migration applied, made once for all tests of this machine.

    Starting from it saves each server of the tests the half minute of migrating.
    """
    files = sorted(Path(settings.BASE_DIR).glob("*/migrations/*.py"))
    said = "".join(f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}" for file in files)
    name = f"rtcserver-migrated-{hashlib.sha256(said.encode()).hexdigest()[:16]}"
    kept = Path(tempfile.gettempdir(), f"{name}.sqlite3")
    with Path(tempfile.gettempdir(), f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test processes want it at once
        if not kept.exists():
            _migrate(kept)
    return kept


def _migrate(kept: Path) -> None:
    made = kept.with_suffix(".new")
    own = {
        "RTC_STATE_DIR": tempfile.mkdtemp(prefix="rtcserver-migrating-"),
        "RTC_PROFILE": "development",
        "RTC_SECRET_KEY": "live tests",
        "DATABASE_URL": f"sqlite:///{made}",
        "REDIS_URL": "",
    }
    command = [sys.executable, "manage.py", "migrate", "-v0"]
    subprocess.run(command, cwd=settings.BASE_DIR, env=os.environ | own, check=True)
    made.replace(kept)


def begin_migrated() -> None:
    """Put a migrated file where the tests' SQLite database will be."""
    if connection.vendor == "sqlite":
        shutil.copy(migrated(), connection.settings_dict["TEST"]["NAME"])


def empty_tables(_case: TransactionTestCase) -> None:
    """What Django's flush leaves, without its TRUNCATE of every table and its new permissions."""
    _wait_for_sockets()
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    quoted = {name: connection.ops.quote_name(name) for name in names if name not in KEPT}
    full = [
        f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {table})" for name, table in quoted.items()
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(full))
        for (name,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {quoted[name]}")


def _wait_for_sockets() -> None:
    """A closed socket still writes that it went; between tests no connection may be used."""
    deadline = time.monotonic() + 5
    while open_from and time.monotonic() < deadline:
        time.sleep(0.002)
