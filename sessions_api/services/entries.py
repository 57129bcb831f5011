"""Steps of a stay, each told three ways: stored, recorded, and announced after commit.

The caller holds the session's row. Announcements go to two sorts of topic: `call_topic(session)`
for those who are inside, `participant_topic(participant)` for the one concerned. They carry what
everybody in a call may know; the entry id, which is a secret, is in none.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from rtcserver.dates import iso_date
from rtcserver.events import Actor, publish
from sessions_api.models import CallEntry, Participant, Session
from sessions_api.services.media import cut_off, cut_off_all, route_media
from sessions_api.services.records import record_participant, window

State, Reason = CallEntry.State, CallEntry.Reason


def call_topic(session: Session) -> str:
    """`call.waiting|roster|media|moved|canceled|closed`: for those inside."""
    return f"call.{session.public_id.hex}"


def participant_topic(participant: Participant) -> str:
    """`participant.admitted|refused|ejected|replaced|updated|closed`: for the one concerned."""
    return peer_topic(participant.peer_id)


def peer_topic(peer_id: UUID) -> str:
    """The same topic, by what the others know of them."""
    return f"participant.{peer_id.hex}"


def as_actor(participant: Participant) -> Actor:
    """A person in the call, as the event log names them."""
    return Actor("participant", str(participant.peer_id), "call")


def lease(now: datetime) -> datetime:
    return now + timedelta(seconds=settings.CALL_LEASE_SECONDS)


def last_heard(entry: CallEntry) -> datetime:
    return entry.alive_until - timedelta(seconds=settings.CALL_LEASE_SECONDS)


def facts(entry: CallEntry) -> dict[str, Any]:
    """What others in the call may know of a stay. JSON types, times in ISO 8601."""
    person = entry.participant
    return {
        "peer_id": str(person.peer_id),
        "display_name": person.display_name,
        "picture": person.picture,
        "role": person.role,
        "state": str(entry.state),
        "is_connected": entry.is_connected,
        "waiting_since": entry.waiting_since and iso_date(entry.waiting_since),
        "joined_at": entry.joined_at and iso_date(entry.joined_at),
    }


def tell_call(session: Session, list_name: str, change: str, entries: Iterable[CallEntry]) -> None:
    """Announce a change of the `waiting` list or of the `roster`: one message for many people."""
    if people := [facts(entry) for entry in entries]:
        publish(call_topic(session), f"call.{list_name}", change=change, people=people)


def list_of(entry: CallEntry) -> str:
    """Which list somebody is on, for `tell_call`."""
    return "waiting" if entry.state == State.WAITING else "roster"


def tell_of_move(session: Session) -> None:
    """Announce when the call starts and closes from now on: sockets set their clocks by it.

    Those who wait hear nothing of the call, so each is told to look anew.
    """
    for entry in session.entries.waiting().with_person():
        tell_person_of_change(entry.participant)
    publish(call_topic(session), "call.moved", **window(session))


def tell_person_of_change(participant: Participant) -> None:
    """Announce to a person's socket what it may do from now on, and until when."""
    publish(
        participant_topic(participant),
        "participant.updated",
        role=str(participant.role),
        can_publish=participant.can_publish,
        expires_at=participant.expires_at and iso_date(participant.expires_at),
    )


def come_in(entries: list[CallEntry], session: Session, *, actor: Actor, admitted: bool) -> None:
    """From the lobby, or from the street if they were not `admitted`, into the call.

    Records `participant.admitted` where it applies, and `participant.joined`.
    """
    now = timezone.now()
    for entry in entries:
        entry.state, entry.joined_at = State.INSIDE, now
        if admitted:
            entry.admitted_at, entry.admitted_by = now, f"{actor.kind}:{actor.id}"
            record_participant("participant.admitted", entry.participant, session, actor)
        _store(entry)
        person = as_actor(entry.participant)
        record_participant("participant.joined", entry.participant, session, person)
        publish(participant_topic(entry.participant), "participant.admitted", person=facts(entry))
    _count_joined(session, now)
    tell_call(session, "waiting", "gone", [entry for entry in entries if entry.waiting_since])
    tell_call(session, "roster", "joined", entries)


def turn_away(entry: CallEntry, session: Session, state: CallEntry.State, *, actor: Actor) -> None:
    """Refuse who waits, or put out who is inside.

    Records `participant.refused` or `participant.ejected`.
    """
    was_inside = entry.state == State.INSIDE
    now = timezone.now()
    entry.state, entry.left_at, entry.connection_id = state, now, ""
    _store(entry)
    event = f"participant.{state}"
    record_participant(event, entry.participant, session, actor)
    publish(participant_topic(entry.participant), event)
    _tell_gone(session, [entry] if was_inside else [], [] if was_inside else [entry])
    if was_inside:
        cut_off(session, entry.participant)
        _count_left(session, now)


def go(
    entries: list[CallEntry],
    session: Session,
    reason: CallEntry.Reason,
    *,
    actor: Actor,
    at: datetime | None = None,
    ends_call: bool = False,
) -> None:
    """End stays, `at` a moment or when each person was last heard of.

    Args:
        ends_call: Nobody is left, and the caller has the media of the call ended as a whole.

    Records `participant.left` with the reason, and whether they were inside.
    """
    inside = [entry for entry in entries if entry.state == State.INSIDE]
    waiting = [entry for entry in entries if entry.state == State.WAITING]
    for entry in entries:
        was_inside = entry.state == State.INSIDE
        entry.state, entry.reason, entry.connection_id = State.LEFT, reason, ""
        left_at = at or last_heard(entry)
        entry.left_at = max(left_at, entry.joined_at or entry.arrived_at)
        _store(entry)
        record_participant(
            "participant.left",
            entry.participant,
            session,
            actor,
            reason=str(reason),
            was_inside=was_inside,
        )
        publish(participant_topic(entry.participant), "participant.closed", reason=str(reason))
    _tell_gone(session, inside, waiting)
    if not ends_call:  # then all media of the call goes at once
        for entry in inside:
            cut_off(session, entry.participant)
    if inside:
        _count_left(session, max(entry.left_at or entry.arrived_at for entry in inside))


def leave_all(session: Session, reason: CallEntry.Reason, *, actor: Actor, at: datetime) -> None:
    """Nobody stays: the session was cancelled or has ended."""
    open_entries = session.entries.open().with_person().select_for_update(of=("self",))
    everybody = list(open_entries.order_by("id"))
    go(everybody, session, reason, actor=actor, at=at, ends_call=True)
    publish(call_topic(session), "call.closed", reason=str(reason))


def leave_canceled(participant: Participant, session: Session, *, actor: Actor) -> None:
    """The invitation was withdrawn: its person waits and stays no longer.

    Their sockets are told even if they have no stay, those of the chat by the call's topic.
    """
    if entry := open_entry(participant):
        go([entry], session, Reason.CANCELED, actor=actor, at=participant.canceled_at)
    else:
        reason = str(Reason.CANCELED)
        publish(participant_topic(participant), "participant.closed", reason=reason)
        publish(call_topic(session), "call.canceled", peer_id=str(participant.peer_id))


def open_entry(participant: Participant) -> CallEntry | None:
    """The person's stay, held until the transaction ends."""
    entries = CallEntry.across_teams.open().with_person().filter(participant=participant)
    return entries.select_for_update(of=("self",)).first()


def _tell_gone(session: Session, inside: list[CallEntry], waiting: list[CallEntry]) -> None:
    tell_call(session, "roster", "left", inside)
    tell_call(session, "waiting", "gone", waiting)


def _store(entry: CallEntry) -> None:
    entry.save(
        update_fields=[
            "state", "reason", "needs_admission", "waiting_since", "admitted_at", "admitted_by",
            "joined_at", "left_at", "connection_id", "alive_until",
        ]
    )  # fmt: skip


def _count_joined(session: Session, now: datetime) -> None:
    session.actual_started_at = session.actual_started_at or now
    session.actual_ended_at = None
    session.save(update_fields=["actual_started_at", "actual_ended_at"])
    route_media(session, call_topic(session), session.entries.inside().count())


def _count_left(session: Session, at: datetime) -> None:
    if not session.entries.inside().exists():
        session.actual_ended_at = max(at, session.actual_started_at or at)
        session.save(update_fields=["actual_ended_at"])
        cut_off_all(session)
        route_media(session, call_topic(session), 0)
