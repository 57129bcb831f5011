"""What must be so before a move begins."""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Model
from django.utils import timezone

from rtcserver.models import SweepTurn
from rtcserver.moving.errors import MoveRefused
from rtcserver.moving.tables import name_of, tables
from rtcserver.moving.target import TARGET
from rtcserver.roles import OPERATORS
from rtcserver.worker import registered

QUIET_SECONDS = 5  # a worker has something to do every second
# `migrate` writes rows of its own, under ids of its own; the source's take their place.
MADE_BY_MIGRATE: list[type[Model]] = [
    Group.permissions.through,
    Group,
    Permission,
    ContentType,
]


def check_databases() -> None:
    """Raises MoveRefused: They are the same, or not of this release, or the target is in use."""
    source, target = connections[DEFAULT_DB_ALIAS], connections[TARGET]
    if _identity(source) == _identity(target):
        raise MoveRefused("The target is the database that is moved from.")
    if _migrations(source) != "all":
        raise MoveRefused(
            "The database that is moved from is not of this release. Run `manage.py migrate` on it."
        )
    if _migrations(target) == "others":
        raise MoveRefused("The target was migrated by another release than this one.")
    check_target_is_empty()


def check_target_is_empty() -> None:
    """Raises MoveRefused: It has rows that no `migrate` made."""
    connection = connections[TARGET]
    there = set(connection.introspection.table_names())
    for model in tables():
        if name_of(model) not in there:
            continue
        rows = model._base_manager.using(TARGET)
        if model is Group:
            rows = rows.exclude(name=OPERATORS)
        elif model in MADE_BY_MIGRATE:
            continue
        if rows.order_by().values_list("pk").exists():
            raise MoveRefused(
                f"The target has rows already ({name_of(model)}). Give an empty database."
            )


def check_nobody_works(tell: Callable[[str], None]) -> None:
    """Raises MoveRefused: A server or worker runs on the database that is moved from."""
    deadline = time.monotonic() + QUIET_SECONDS + 2
    if at_work := _at_work():
        tell("Waiting for the last server or worker to be gone")
    while at_work and time.monotonic() < deadline:
        time.sleep(1)
        at_work = _at_work()
    if at_work:
        raise MoveRefused(
            f"{at_work} Stop every server and worker: what they write during a move is lost. "
            "One that was killed is counted out after a minute."
        )


def _at_work() -> str:
    if sessions := _other_sessions():
        return f"{sessions} other sessions are connected to the database that is moved from."
    now = timezone.now()
    turns = {turn.name: turn for turn in SweepTurn.objects.all()}
    for sweep in registered():
        turn = turns.get(sweep.name)
        if turn is None:
            continue
        ran_at = turn.due_at - timedelta(seconds=sweep.seconds)
        if turn.held_until > now or ran_at > now - timedelta(seconds=QUIET_SECONDS):
            return f"A worker is at work ({turn.holder})."
    return ""


def _other_sessions() -> int:
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND COALESCE(backend_type, 'client backend') = 'client backend'"
            " AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


def _identity(connection: Any) -> object:
    if connection.vendor != "postgresql":
        return Path(connection.settings_dict["NAME"]).resolve()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_postmaster_start_time(), oid FROM pg_database"
            " WHERE datname = current_database()"
        )
        return cursor.fetchone()


def _migrations(connection: Any) -> str:
    """Which are applied: `all` of this release, `some` of them, or `others` as well."""
    loader = MigrationExecutor(connection).loader
    applied, known = set(loader.applied_migrations), set(loader.graph.nodes)
    replaced = {key for node in loader.graph.nodes.values() for key in node.replaces}
    if applied - known - replaced:
        return "others"
    return "all" if known <= applied else "some"
