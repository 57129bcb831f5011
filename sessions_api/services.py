"""Everything that changes sessions and participants. Rules: docs/dialects/coviu.md."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypedDict

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from rtcserver.dates import iso_date
from rtcserver.events import Actor, record
from sessions_api.errors import (
    EndInPast,
    EndNotAfterStart,
    ParticipantCanceled,
    StartInPast,
    UnknownSession,
)
from sessions_api.models import Participant, Session
from sessions_api.states import State, require


class ParticipantFields(TypedDict, total=False):
    """What a caller may say of a participant; all but `role` may be left out."""

    role: str
    display_name: str | None
    picture: str | None
    state: str | None


@transaction.atomic
def create_session(
    *,
    actor: Actor,
    team_id: int,
    starts_at: datetime,
    ends_at: datetime,
    api_key: str | None = None,
    participants: Iterable[ParticipantFields] = (),
    **fields: Any,
) -> Session:
    """Plan a session together with its first participants, all or nothing.

    Args:
        starts_at: Aware datetime; may lie SESSION_START_SLACK_SECONDS in the past, because
            SDKs send "now" in whole seconds.
        ends_at: Aware datetime, later than `starts_at`.
        api_key: The API client that asks; None for staff.
        fields: `name`, `picture`, `date_style`, `feature_flags`.

    Raises:
        StartInPast, EndNotAfterStart: The window is refused.

    Records `session.created`, which names the participants.
    """
    _check_window(starts_at, ends_at)
    _check_start(starts_at)
    session = Session.across_teams.create(
        team_id=team_id, client_id=api_key, starts_at=starts_at, ends_at=ends_at, **fields
    )
    added = Participant.across_teams.bulk_create(
        Participant(session=session, client_id=api_key, **person) for person in participants
    )
    people = [_public_facts(participant) for participant in added]
    _record_session("session.created", session, actor, participants=people, **_window(session))
    return session


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
    changed = _changed(session, changes)
    _check_move(state, {name: changes[name] for name in changed}, now)
    for name in changed:
        setattr(session, name, changes[name])
    _check_window(session.starts_at, session.ends_at)
    if changed:
        session.save(update_fields=changed)
        _record_session("session.updated", session, actor, changed=changed, **_window(session))
    return session


@transaction.atomic
def cancel_session(session: Session, *, actor: Actor) -> None:
    """Cancel a session that has not started; nobody can enter it any more, for good.

    Its participants stay as they are. Raises SessionStarted, SessionEnded, SessionCanceled.
    Records `session.canceled`.
    """
    session = locked_session(session)
    require(session, timezone.now(), State.SCHEDULED)
    session.canceled_at = timezone.now()
    session.save(update_fields=["canceled_at"])
    _record_session("session.canceled", session, actor)


@transaction.atomic
def end_session(session: Session, *, actor: Actor) -> None:
    """End a running session now. Raises the state it is in. Records `session.ended`."""
    session = locked_session(session)
    now = timezone.now()
    require(session, now, State.STARTED)
    session.ends_at = max(now, session.starts_at + timedelta(microseconds=1))
    session.save(update_fields=["ends_at"])
    _record_session("session.ended", session, actor, **_window(session))


@transaction.atomic
def add_participant(
    session: Session, *, actor: Actor, api_key: str | None = None, **fields: Any
) -> Participant:
    """Invite one more person, also while the call runs.

    Raises SessionCanceled, SessionEnded. Records `participant.added`.
    """
    session = locked_session(session)
    require(session, timezone.now(), State.SCHEDULED, State.STARTED)
    participant = Participant.across_teams.create(session=session, client_id=api_key, **fields)
    _record_participant("participant.added", participant, session, actor)
    return participant


@transaction.atomic
def update_participant(
    participant: Participant, changes: Mapping[str, Any], *, actor: Actor
) -> Participant:
    """Change `role`, `display_name`, `picture`, `state`; what is not given stays.

    Raises ParticipantCanceled, SessionCanceled, SessionEnded. Records `participant.updated`
    with the names of what changed, unless nothing did.
    """
    participant, session = _locked_participant(participant)
    changed = _changed(participant, changes)
    for name in changed:
        setattr(participant, name, changes[name])
    if changed:
        participant.save(update_fields=changed)
        _record_participant("participant.updated", participant, session, actor, changed=changed)
    return participant


@transaction.atomic
def cancel_participant(participant: Participant, *, actor: Actor) -> None:
    """Withdraw an invitation for good; the entry URL is dead from then on.

    Raises ParticipantCanceled, SessionCanceled, SessionEnded. Records `participant.canceled`.
    """
    participant, session = _locked_participant(participant)
    participant.canceled_at = timezone.now()
    participant.save(update_fields=["canceled_at"])
    _record_participant("participant.canceled", participant, session, actor)


def locked_session(session: Session) -> Session:
    """Read the row again and hold it until the transaction ends."""
    locked = Session.objects.of_team(session.team_id).select_for_update().filter(pk=session.pk)
    if (row := locked.first()) is None:
        raise UnknownSession("No such session.")
    return row


def _locked_participant(participant: Participant) -> tuple[Participant, Session]:
    # Always the session first: one order of locks, and its state decides.
    session = locked_session(participant.session)
    participant = Participant.across_teams.select_for_update(of=("self",)).get(pk=participant.pk)
    if participant.canceled_at is not None:
        raise ParticipantCanceled("The participant was canceled.")
    require(session, timezone.now(), State.SCHEDULED, State.STARTED)
    return participant, session


def _changed(row: Session | Participant, changes: Mapping[str, Any]) -> list[str]:
    return [name for name, value in changes.items() if not _is_same(value, getattr(row, name))]


def _is_same(given: Any, stored: Any) -> bool:
    """A time that comes back as it was answered, in whole seconds or milliseconds, is the same."""
    if given == stored or not isinstance(stored, datetime):
        return bool(given == stored)
    milliseconds = stored.replace(microsecond=stored.microsecond // 1000 * 1000)
    return given in (stored.replace(microsecond=0), milliseconds)


def _check_move(state: State, moved: Mapping[str, Any], now: datetime) -> None:
    if "starts_at" in moved:
        if state is State.STARTED:
            raise StartInPast("The session has started; its start cannot be moved.")
        _check_start(moved["starts_at"])
    if "ends_at" in moved and moved["ends_at"] <= now:
        raise EndInPast("The session must end in the future.")


def _check_start(starts_at: datetime) -> None:
    slack = timedelta(seconds=settings.SESSION_START_SLACK_SECONDS)
    if starts_at < timezone.now() - slack:
        raise StartInPast("The session must start in the future.")


def _check_window(starts_at: datetime, ends_at: datetime) -> None:
    if ends_at <= starts_at:
        raise EndNotAfterStart("The session must end after it starts.")


def _window(session: Session) -> dict[str, str]:
    return {"starts_at": iso_date(session.starts_at), "ends_at": iso_date(session.ends_at)}


def _record_session(event_type: str, session: Session, actor: Actor, **facts: Any) -> None:
    record(
        event_type,
        team_id=session.team_id,
        subject_kind="session",
        subject_id=session.public_id,
        actor=actor,
        name=session.name,
        **facts,
    )


def _record_participant(
    event_type: str, participant: Participant, session: Session, actor: Actor, **facts: Any
) -> None:
    """The subject is the session, so that its timeline is one query; the entry id stays out."""
    record(
        event_type,
        team_id=session.team_id,
        subject_kind="session",
        subject_id=session.public_id,
        actor=actor,
        participant=_public_facts(participant),
        **facts,
    )


def _public_facts(participant: Participant) -> dict[str, str | None]:
    return {
        "peer_id": str(participant.peer_id),
        "role": participant.role,
        "display_name": participant.display_name,
    }
