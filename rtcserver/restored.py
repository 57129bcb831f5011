"""What a database needs after a backup of it was restored on another server."""

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

from rtcserver.models import Event


def settle_events(using: str, **signal: Any) -> None:
    """Let a log that another PostgreSQL server wrote be read; runs after every `migrate`."""
    tables = connections[using].introspection.table_names()
    if using != DEFAULT_DB_ALIAS or Event._meta.db_table not in tables:
        return  # another app alone was migrated
    if Event.objects.ahead().exists():
        Event.objects.rebase()
