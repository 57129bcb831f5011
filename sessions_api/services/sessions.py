"""What happens to a session as a whole."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from rtcserver.events import Actor
from rtcserver.prepared import PreparedInsert
from sessions_api.errors import EndInPast, EndNotAfterStart, StartInPast
from sessions_api.models import Participant, Session
from sessions_api.services.changes import changed_fields
from sessions_api.services.entries import Reason, leave_all, tell_of_move
from sessions_api.services.locks import locked_session
from sessions_api.services.participants import ParticipantFields
from sessions_api.services.records import public_facts, record_session, window
from sessions_api.states import State, require


class Planned(NamedTuple):
    session: Session
    participants: list[Participant]


_insert_session, _insert_participants = PreparedInsert(Session), PreparedInsert(Participant)


@transaction.atomic
def create_session(
    *,
    actor: Actor,
    team_id: int,
    starts_at: datetime,
    ends_at: datetime | None,
    api_key: str | None = None,
    participants: Iterable[ParticipantFields] = (),
    **fields: Any,
) -> Planned:
    """Plan a session together with its first participants, all or nothing.

    Args:
        starts_at: Aware datetime; may lie SESSION_START_SLACK_SECONDS in the past, because
            SDKs send "now" in whole seconds.
        ends_at: Aware datetime, later than `starts_at`; None: it never ends by itself.
        api_key: The API client that asks; None for staff.
        fields: `name`, `picture`, `date_style`, `feature_flags`, and those of
            `open_sessions.open_session`.

    Raises:
        StartInPast, EndNotAfterStart: The window is refused.

    Records `session.created`, which names the participants.
    """
    _check_window(starts_at, ends_at)
    _check_start(starts_at)
    session = Session(
        team_id=team_id, client_id=api_key, starts_at=starts_at, ends_at=ends_at, **fields
    )
    _insert_session(session)
    people = [Participant(session=session, client_id=api_key, **person) for person in participants]
    _insert_participants(*people)
    facts = {"participants": [public_facts(person) for person in people], **window(session)}
    record_session("session.created", session, actor, **facts)
    return Planned(session, people)


@transaction.atomic
def update_session(session: Session, changes: Mapping[str, Any], *, actor: Actor) -> Session:
    """Change `name`, `picture`, `starts_at`, `ends_at`, `date_style`; what is not given stays.

    Raises:
        SessionCanceled, SessionEnded: Nothing changes any more.
        SessionStarted: The start of a running session is fixed.
        StartInPast, EndInPast, EndNotAfterStart: The merged window is refused.

    Records `session.updated` with the names of what changed, unless nothing did.
    """
    session = locked_session(session)
    now = timezone.now()
    state = require(session, now, State.SCHEDULED, State.STARTED)
    changed = changed_fields(session, changes)
    _check_move(state, {name: changes[name] for name in changed}, now)
    for name in changed:
        setattr(session, name, changes[name])
    _check_window(session.starts_at, session.ends_at)
    if changed:
        session.revision += 1
        session.save(update_fields=[*changed, "revision"])
        tell_of_move(session)
        record_session("session.updated", session, actor, changed=changed, **window(session))
    return session


@transaction.atomic
def cancel_session(session: Session, *, actor: Actor) -> None:
    """Cancel a session that has not started; nobody can enter it any more, for good.

    Its participants stay as they are; whoever waits already is sent away. Raises SessionStarted,
    SessionEnded, SessionCanceled. Records `session.canceled`, `participant.left`.
    """
    session = locked_session(session)
    require(session, timezone.now(), State.SCHEDULED)
    _cancel(session, actor)


@transaction.atomic
def withdraw_session(session: Session, *, actor: Actor) -> None:
    """Cancel a session whatever the clock says; who is inside is sent away.

    Raises SessionCanceled. Records `session.canceled`, `participant.left`.
    """
    session = locked_session(session)
    require(session, timezone.now(), State.SCHEDULED, State.STARTED, State.ENDED)
    _cancel(session, actor)


@transaction.atomic
def end_session(session: Session, *, actor: Actor) -> None:
    """End a running session now, and the call with it.

    Raises the state it is in. Records `session.ended`, `participant.left`.
    """
    session = locked_session(session)
    now = timezone.now()
    require(session, now, State.STARTED)
    session.ends_at = max(now, session.starts_at + timedelta(microseconds=1))
    session.revision += 1
    session.save(update_fields=["ends_at", "revision"])
    record_session("session.ended", session, actor, **window(session))
    leave_all(session, Reason.ENDED, actor=actor, at=session.ends_at)


def _cancel(session: Session, actor: Actor) -> None:
    session.canceled_at = timezone.now()
    session.key = None  # the name is free for another
    session.revision += 1
    session.save(update_fields=["canceled_at", "key", "revision"])
    record_session("session.canceled", session, actor)
    leave_all(session, Reason.CANCELED, actor=actor, at=session.canceled_at)


def _check_move(state: State, moved: Mapping[str, Any], now: datetime) -> None:
    if "starts_at" in moved:
        if state is State.STARTED:
            raise StartInPast("The session has started; its start cannot be moved.")
        _check_start(moved["starts_at"])
    if (ends_at := moved.get("ends_at")) and ends_at <= now:
        raise EndInPast("The session must end in the future.")


def _check_start(starts_at: datetime) -> None:
    slack = timedelta(seconds=settings.SESSION_START_SLACK_SECONDS)
    if starts_at < timezone.now() - slack:
        raise StartInPast("The session must start in the future.")


def _check_window(starts_at: datetime, ends_at: datetime | None) -> None:
    if ends_at is not None and ends_at <= starts_at:
        raise EndNotAfterStart("The session must end after it starts.")
