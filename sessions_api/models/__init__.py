"""Sessions, the people invited to them, and who waited and took part."""

from sessions_api.models.calls import CallEntry, CallEntryQuerySet, admitted
from sessions_api.models.sessions import (
    MAX_DATA,
    MAX_KEY,
    MAX_LIVE_DAYS,
    Participant,
    ParticipantQuerySet,
    Session,
    SessionQuerySet,
    entry_url,
)

__all__ = [
    "MAX_DATA",
    "MAX_KEY",
    "MAX_LIVE_DAYS",
    "CallEntry",
    "CallEntryQuerySet",
    "Participant",
    "ParticipantQuerySet",
    "Session",
    "SessionQuerySet",
    "admitted",
    "entry_url",
]
