"""What a database needs after a backup of it was restored on another server."""

from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS


def settle_events(using: str, **signal: Any) -> None:
    """Let a log that another PostgreSQL server wrote be read; runs after every `migrate`."""
    event_log = apps.get_model("rtcserver", "Event").objects
    if using == DEFAULT_DB_ALIAS and event_log.ahead().exists():
        event_log.rebase()
