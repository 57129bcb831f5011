"""Which of the given values are new."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sessions_api.models import Participant, Session


def changed_fields(row: Session | Participant, changes: Mapping[str, Any]) -> list[str]:
    return [name for name, value in changes.items() if not _is_same(value, getattr(row, name))]


def _is_same(given: Any, stored: Any) -> bool:
    """A time that comes back as it was answered, in whole seconds or milliseconds, is the same."""
    if given == stored or not isinstance(stored, datetime):
        return bool(given == stored)
    milliseconds = stored.replace(microsecond=stored.microsecond // 1000 * 1000)
    return given in (stored.replace(microsecond=0), milliseconds)
