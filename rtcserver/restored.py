"""What a database needs after a backup of it was restored on another server."""

from typing import Any

from django.db import DEFAULT_DB_ALIAS

from rtcserver.models import Event


def settle_events(using: str, **signal: Any) -> None:
    """Let a log that another PostgreSQL server wrote be read; runs after every `migrate`."""
    if using == DEFAULT_DB_ALIAS and Event.objects.ahead().exists():
        Event.objects.rebase()
