"""The database that is moved to, as one more connection of Django's."""

from typing import Any

from django.db import Error, connections

from rtcserver.moving.errors import MoveRefused
from rtcserver.settings.storage import database_at

TARGET = "target"
ENGINES = ("django.db.backends.postgresql", "django.db.backends.sqlite3")


def open_target(url: str) -> None:
    """Raises MoveRefused: It is not a database that this server runs on, or does not answer."""
    facts = _facts(url)
    known: dict[str, Any] = connections.settings
    known[TARGET] = connections.configure_settings({**known, TARGET: facts})[TARGET]
    try:
        connections[TARGET].ensure_connection()
    except Error as fault:  # the driver's text may quote what was given
        raise MoveRefused(
            f"The target cannot be reached ({type(fault).__name__}). Correct its address, or "
            "create the database first."
        ) from None


def _facts(url: str) -> dict[str, Any]:
    try:
        facts = database_at(url)
    except Exception:  # noqa: BLE001 (whatever reading an address raises quotes the address)
        facts = {}
    if facts.get("ENGINE") not in ENGINES:
        raise MoveRefused(
            "The target is an address such as postgres://user@host:5432/name, or sqlite:///path."
        )
    return facts
