"""The state of a session, decided here alone: from the clock and the row (contract A.7)."""

from datetime import datetime
from typing import Protocol

from django.db import models
from django.db.models import Expression, Q
from django.utils.translation import gettext_lazy as _

from rtcserver.errors import DomainError
from sessions_api import errors


class State(models.TextChoices):
    """Scheduled -> started at `starts_at` -> ended at `ends_at`, if ever; or canceled, for good."""

    SCHEDULED = "scheduled", _("scheduled")
    STARTED = "started", _("in progress")
    ENDED = "ended", _("ended")
    CANCELED = "canceled", _("canceled")


class Scheduled(Protocol):
    """What a state is read from: a session, stored or not."""

    starts_at: datetime
    ends_at: datetime | None  # None: permanent
    canceled_at: datetime | None


class Invited(Protocol):
    """What a way in is read from, beside the session it leads to."""

    expires_at: datetime | None  # None: as long as the session
    canceled_at: datetime | None


def state_of(session: Scheduled, now: datetime) -> State:
    if session.canceled_at is not None:
        return State.CANCELED
    if now < session.starts_at:
        return State.SCHEDULED
    return State.STARTED if session.ends_at is None or now < session.ends_at else State.ENDED


def entry_state_of(participant: Invited, session: Scheduled, now: datetime) -> State:
    """What the session is to that participant: over as well once their invitation is."""
    if participant.canceled_at is not None:
        return State.CANCELED
    state = state_of(session, now)
    is_over = is_expired(participant, now) and state is not State.CANCELED
    return State.ENDED if is_over else state


def is_expired(participant: Invited, now: datetime) -> bool:
    return participant.expires_at is not None and participant.expires_at <= now


def in_state(state: State, now: datetime | Expression) -> Q:
    """The same decision as a query condition."""
    match state:
        case State.CANCELED:
            return Q(canceled_at__isnull=False)
        case State.SCHEDULED:
            return Q(canceled_at=None, starts_at__gt=now)
        case State.STARTED:
            unended = Q(ends_at__gt=now) | Q(ends_at=None)
            return Q(unended, canceled_at=None, starts_at__lte=now)
        case State.ENDED:
            return Q(canceled_at=None, starts_at__lte=now, ends_at__lte=now)


_REFUSALS: dict[State, DomainError] = {
    State.CANCELED: errors.SessionCanceled("The session was canceled."),
    State.ENDED: errors.SessionEnded("The session has ended."),
    State.STARTED: errors.SessionStarted("The session has started."),
    State.SCHEDULED: errors.SessionNotStarted("The session has not started yet."),
}


def require(session: Scheduled, now: datetime, *allowed: State) -> State:
    """Return the state of `session` if it is one of `allowed`.

    Raises:
        SessionCanceled, SessionEnded, SessionStarted, SessionNotStarted: the state it is in.
    """
    state = state_of(session, now)
    if state in allowed:
        return state
    refusal = _REFUSALS[state]
    raise type(refusal)(str(refusal))
