"""Which of the given values are new."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sessions_api.models import Participant, Session


def changed_fields(row: Session | Participant, changes: Mapping[str, Any]) -> list[str]:
    exact = changes.get("date_style") == Session.DateStyle.ISO
    return [
        name for name, value in changes.items() if not _is_same(value, getattr(row, name), exact)
    ]


def _is_same(given: Any, stored: Any, exact: bool) -> bool:
    """A time that comes back as it was answered is the same: in milliseconds or, unless that is
    `exact` enough to be meant, in whole seconds."""
    if given == stored or not isinstance(stored, datetime):
        return bool(given == stored)
    milliseconds = stored.replace(microsecond=stored.microsecond // 1000 * 1000)
    return given == milliseconds or (not exact and given == stored.replace(microsecond=0))
