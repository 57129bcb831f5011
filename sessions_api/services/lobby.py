"""The door: who comes straight in, who waits, and who lets them in.

Hosts enter directly, guests wait until someone inside admits them (contract A.7); in a session that
has no lobby they enter directly too. Whoever was let in once comes back without asking, unless they
were put out.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from rtcserver.events import Actor, publish
from sessions_api.errors import CallFull, MayNotDecide, NotWaiting, UnknownSession
from sessions_api.models import CallEntry, Participant, Session, admitted
from sessions_api.services.entries import (
    Reason,
    State,
    as_actor,
    come_in,
    facts,
    lease,
    list_of,
    open_entry,
    participant_topic,
    tell_call,
    turn_away,
)
from sessions_api.services.locks import locked_participant, locked_session
from sessions_api.services.media import places_left
from sessions_api.services.records import record_participant
from sessions_api.states import State as SessionState
from sessions_api.states import require, state_of


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where a person is now, and which connection gave way to the new one (empty: none)."""

    entry: CallEntry
    replaced: str


@transaction.atomic
def arrive(participant: Participant, *, connection_id: str) -> Arrival:
    """Come to the call by a connection, which takes over from the person's former one.

    May be called again at any time, such as when the session starts: a person keeps their place.
    Before the start everybody waits.

    Args:
        connection_id: Names the connection among all of all processes; at most 64 characters.

    Raises:
        ParticipantCanceled, ParticipantExpired, SessionCanceled, SessionEnded, UnknownSession:
            There is no call to come to.
        CallFull: They would come straight in, and there is no place.

    Records `participant.waiting` or `participant.joined` when a stay begins. The former
    connection is told by `participant.replaced`, which names it.
    """
    participant, session = locked_participant(participant)
    if not session.team.is_active:
        raise UnknownSession("No such session.")
    entry, replaced = open_entry(participant), ""
    if entry is None:
        entry = _new_stay(participant, session, connection_id)
    else:
        replaced = _take_over(entry, session, connection_id)
    if entry.state == State.WAITING and not entry.needs_admission and _is_running(session):
        _require_place(session)
        come_in([entry], session, actor=as_actor(participant), admitted=False)
    return Arrival(entry, replaced)


@transaction.atomic
def admit(participant: Participant, *, actor: Actor, by: Participant | None = None) -> CallEntry:
    """Let one person in. Admitting somebody who is inside already changes nothing.

    Args:
        by: The person in the call who opens; None for the team's API client and staff.

    Raises:
        MayNotDecide: `by` is not inside, or a guest where only hosts admit.
        NotWaiting: They left, or were refused, or never came.
        CallFull: There is no place; they go on waiting.
        SessionNotStarted, SessionEnded, SessionCanceled, ParticipantCanceled.

    Records `participant.admitted`, `participant.joined`.
    """
    participant, session = locked_participant(participant)
    require_decider(session, by)
    require(session, timezone.now(), SessionState.STARTED)
    entry = open_entry(participant)
    if entry is None:
        raise NotWaiting("Nobody waits there.")
    if entry.state == State.WAITING:
        _require_place(session)
        come_in([entry], session, actor=actor, admitted=True)
    return entry


@transaction.atomic
def admit_all(session: Session, *, actor: Actor, by: Participant | None = None) -> int:
    """Let everybody in who waits at this moment, in their order, as far as there are places.

    Returns how many. Raises what `admit` raises, but for NotWaiting.
    """
    session = locked_session(session)
    require_decider(session, by)
    require(session, timezone.now(), SessionState.STARTED)
    waiting = session.entries.waiting().with_person().filter(participant__canceled_at=None)
    entries = list(waiting.select_for_update(of=("self",)))
    if entries:
        _require_place(session)
        entries = entries[: places_left(session)]
        come_in(entries, session, actor=actor, admitted=True)
    return len(entries)


@transaction.atomic
def refuse(participant: Participant, *, actor: Actor, by: Participant | None = None) -> CallEntry:
    """Send one person away who waits; they may ask again until they are cancelled.

    Raises MayNotDecide, NotWaiting, SessionEnded, SessionCanceled, ParticipantCanceled.
    Records `participant.refused`.
    """
    participant, session = locked_participant(participant)
    require_decider(session, by)
    entry = open_entry(participant)
    if entry is None or entry.state != State.WAITING:
        raise NotWaiting("Nobody waits there.")
    turn_away(entry, session, State.REFUSED, actor=actor)
    return entry


def waiting_of(session: Session) -> list[dict[str, Any]]:
    """Who waits, in the order of the queue: what those inside may know of them."""
    return [facts(entry) for entry in session.entries.waiting().with_person()]


def may_decide(participant: Participant) -> bool:
    """Whether a person who is inside may see who waits, and let them in or refuse them."""
    return settings.GUESTS_ADMIT or participant.role == Participant.Role.HOST


def require_decider(session: Session, person: Participant | None) -> None:
    """Raises MayNotDecide unless the person is inside the session and may let others in."""
    if person is None:
        return
    deciders = session.entries.inside().filter(participant=person)
    if not settings.GUESTS_ADMIT:
        deciders = deciders.filter(participant__role=Participant.Role.HOST)
    if not deciders.exists():
        raise MayNotDecide("Only people inside the call may do that.")


def _new_stay(participant: Participant, session: Session, connection_id: str) -> CallEntry:
    now = timezone.now()
    asks = needs_admission(participant)
    waits = asks or not _is_running(session)
    if not waits:
        _require_place(session)
    entry = CallEntry.across_teams.create(
        session=session,
        participant=participant,
        state=State.WAITING if waits else State.INSIDE,
        needs_admission=asks,
        arrived_at=now,
        waiting_since=_place_in_queue(participant, now) if waits else None,
        joined_at=None if waits else now,
        connection_id=connection_id,
        alive_until=lease(now),
    )
    if waits:
        record_participant("participant.waiting", participant, session, as_actor(participant))
        tell_call(session, "waiting", "arrived", [entry])
    else:
        come_in([entry], session, actor=as_actor(participant), admitted=False)
    return entry


def _take_over(entry: CallEntry, session: Session, connection_id: str) -> str:
    former = entry.connection_id
    entry.connection_id, entry.alive_until = connection_id, lease(timezone.now())
    if entry.state == State.WAITING:
        entry.needs_admission = needs_admission(entry.participant)
    entry.save(update_fields=["connection_id", "alive_until", "needs_admission"])
    if former == connection_id:
        return ""
    if former:
        topic = participant_topic(entry.participant)
        publish(topic, "participant.replaced", connection_id=former)
    tell_call(session, list_of(entry), "updated", [entry])
    return former


def needs_admission(participant: Participant) -> bool:
    """Whether somebody has to let the person in, as the rows have it now."""
    mine = Participant.across_teams.filter(pk=participant.pk)
    return not admitted(mine).exists()


def _place_in_queue(participant: Participant, now: datetime) -> datetime:
    """Whoever was lost while waiting, and did not give up, has their old place."""
    last = participant.entries.order_by("-id").first()
    if last and last.reason == Reason.LAPSED and last.joined_at is None and last.waiting_since:
        return last.waiting_since
    return now


def _require_place(session: Session) -> None:
    if not places_left(session):
        raise CallFull("The call is full: somebody has to leave first.")


def _is_running(session: Session) -> bool:
    return state_of(session, timezone.now()) is SessionState.STARTED
