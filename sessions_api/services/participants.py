"""Who is invited to a session."""

from collections.abc import Mapping
from typing import Any, TypedDict

from django.db import transaction
from django.utils import timezone

from rtcserver.events import Actor
from sessions_api.errors import ParticipantCanceled
from sessions_api.models import CallEntry, Participant, Session
from sessions_api.services.changes import changed_fields
from sessions_api.services.entries import (
    leave_canceled,
    list_of,
    open_entry,
    tell_call,
    tell_person_of_change,
)
from sessions_api.services.lobby import needs_admission
from sessions_api.services.locks import locked_participant, locked_session
from sessions_api.services.records import record_participant
from sessions_api.states import State, require


class ParticipantFields(TypedDict, total=False):
    """What a caller may say of a participant; all but `role` may be left out."""

    role: str
    display_name: str | None
    picture: str | None
    state: str | None


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
    record_participant("participant.added", participant, session, actor)
    return participant


@transaction.atomic
def update_participant(
    participant: Participant, changes: Mapping[str, Any], *, actor: Actor
) -> Participant:
    """Change `role`, `display_name`, `picture`, `state`; what is not given stays.

    By a new role somebody who waits may need to be let in, or need it no more.

    Raises ParticipantCanceled, SessionCanceled, SessionEnded. Records `participant.updated`
    with the names of what changed, unless nothing did.
    """
    participant, session = locked_participant(participant)
    changed = changed_fields(participant, changes)
    for name in changed:
        setattr(participant, name, changes[name])
    if changed:
        participant.save(update_fields=changed)
        record_participant("participant.updated", participant, session, actor, changed=changed)
        if entry := open_entry(participant):
            if entry.state == CallEntry.State.WAITING:
                entry.needs_admission = needs_admission(participant)
                entry.save(update_fields=["needs_admission"])
            tell_call(session, list_of(entry), "updated", [entry])
            tell_person_of_change(participant)
    return participant


@transaction.atomic
def cancel_participant(participant: Participant, *, actor: Actor) -> None:
    """Withdraw an invitation for good; the entry URL is dead from then on, the call over for them.

    Raises ParticipantCanceled, SessionCanceled, SessionEnded. Records `participant.canceled`,
    and `participant.left` of somebody who waited or was inside.
    """
    participant, session = locked_participant(participant)
    _cancel(participant, session, actor)


@transaction.atomic
def withdraw_participant(participant: Participant, *, actor: Actor) -> None:
    """The same whatever the clock says, also of an invitation that is over.

    Raises ParticipantCanceled, SessionCanceled.
    """
    session = locked_session(participant.session)
    require(session, timezone.now(), State.SCHEDULED, State.STARTED, State.ENDED)
    participant = Participant.across_teams.select_for_update(of=("self",)).get(pk=participant.pk)
    if participant.canceled_at is not None:
        raise ParticipantCanceled("The participant was canceled.")
    _cancel(participant, session, actor)


def _cancel(participant: Participant, session: Session, actor: Actor) -> None:
    participant.canceled_at = timezone.now()
    participant.save(update_fields=["canceled_at"])
    record_participant("participant.canceled", participant, session, actor)
    leave_canceled(participant, session, actor=actor)
