"""Being in a call: the roster, the signs of life, and the ways out."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from rtcserver.events import Actor
from sessions_api.errors import MayNotDecide, NotInside, NotRelayed, UnknownParticipant
from sessions_api.models import CallEntry, Participant, Session
from sessions_api.services.entries import (
    Reason,
    State,
    as_actor,
    come_in,
    facts,
    go,
    lease,
    leave_all,
    list_of,
    open_entry,
    tell_call,
    turn_away,
)
from sessions_api.services.locks import locked_participant, locked_session
from sessions_api.services.media import places_left
from sessions_api.states import State as SessionState
from sessions_api.states import state_of

WORKER = Actor("system", "worker", "worker")
BATCH = 500


def roster(session: Session) -> list[dict[str, Any]]:
    """Who is inside, first come first: what everybody inside may know of them."""
    return [facts(entry) for entry in session.entries.inside().with_person()]


def closing_at(session: Session, participant: Participant | None = None) -> datetime | None:
    """When the call ends, for one person or for all; None if nothing has set an end to it."""
    ends = [session.canceled_at, session.ends_at]
    if participant is not None:
        ends += [participant.canceled_at, participant.expires_at]
    return min((end for end in ends if end is not None), default=None)


def peer(session: Session, peer_id: UUID) -> Participant:
    """The participant that others of the session know by `peer_id`. Raises UnknownParticipant."""
    person = session.participants.filter(peer_id=peer_id).select_related("session").first()
    if person is None:
        raise UnknownParticipant("Nobody of that id in this session.")
    return person


@transaction.atomic
def leave(participant: Participant, *, connection_id: str) -> None:
    """Go away for good, by the person's own wish. A connection that gave way changes nothing.

    Records `participant.left`.
    """
    session = locked_session(participant.session)
    entry = open_entry(participant)
    if entry is not None and entry.connection_id == connection_id:
        go([entry], session, Reason.OWN, actor=as_actor(participant), at=timezone.now())


@transaction.atomic
def eject(participant: Participant, *, actor: Actor, by: Participant | None = None) -> CallEntry:
    """Put somebody out. They may come back only if they are admitted anew, hosts as well.

    Args:
        by: The host in the call who does it; None for the team's API client and staff.

    Raises:
        MayNotDecide: `by` is no host, or not inside.
        NotInside: They are not in the call.
        SessionEnded, SessionCanceled, ParticipantCanceled.

    Records `participant.ejected`.
    """
    participant, session = locked_participant(participant)
    if by is not None:
        require_host(session, by)
    entry = open_entry(participant)
    if entry is None or entry.state != State.INSIDE:
        raise NotInside("They are not in the call.")
    turn_away(entry, session, State.EJECTED, actor=actor)
    return entry


def require_both_inside(person: Participant, *, connection_id: str, peer_id: UUID) -> None:
    """Let one page speak to another: both are inside the same call at this moment.

    Raises:
        NotInside: The person is not, or by another connection.
        UnknownParticipant: The other one is not.
    """
    inside = CallEntry.across_teams.inside().filter(
        Q(participant=person) | Q(participant__peer_id=peer_id), session=person.session_id
    )
    found = dict(inside.values_list("participant__peer_id", "connection_id"))
    if found.get(person.peer_id) != connection_id:
        raise NotInside("You are not in the call.")
    if peer_id not in found:
        raise UnknownParticipant("Nobody of that id is in the call.")


def require_relayed(person: Participant, *, connection_id: str) -> None:
    """Let a page speak to the media server: it is inside, and the call goes that way now.

    Raises NotInside, NotRelayed.
    """
    mine = CallEntry.across_teams.inside().filter(participant=person, connection_id=connection_id)
    media = mine.values_list("session__media", flat=True).first()
    if media is None:
        raise NotInside("You are not in the call.")
    if media != Session.Media.JANUS:
        raise NotRelayed("This call does not go through the media server.")


def others_inside(person: Participant) -> set[UUID]:
    """The peer ids of everybody else in the call at this moment."""
    others = CallEntry.across_teams.inside().filter(session=person.session_id)
    peers = others.exclude(participant=person).order_by()
    return set(peers.values_list("participant__peer_id", flat=True))


def require_host(session: Session, person: Participant) -> None:
    """Raises MayNotDecide unless the person is a host inside the session."""
    hosts = session.entries.inside().filter(participant__role=Participant.Role.HOST)
    if not hosts.filter(participant=person).exists():
        raise MayNotDecide("Only hosts inside the call may do that.")


@transaction.atomic
def disconnect(connection_id: str) -> None:
    """A connection is gone without a word: its person has the length of a lease to come back."""
    mine = CallEntry.across_teams.open().filter(connection_id=connection_id or None)
    held = mine.select_related("participant", "session").select_for_update(of=("self",))
    if (entry := held.first()) is None:
        return
    entry.connection_id, entry.alive_until = "", lease(timezone.now())
    entry.save(update_fields=["connection_id", "alive_until"])
    tell_call(entry.session, list_of(entry), "updated", [entry])


@transaction.atomic
def renew(connections: Collection[str]) -> set[str]:
    """Push the lease of a process' connections ahead: two statements for any number.

    Returns the connections that count; any other of those given has lost its place, and its
    socket is to close. Call it every third of RTC_CALL_LEASE_SECONDS: an entry that is being
    changed meanwhile is left to the next time.
    """
    mine = CallEntry.across_teams.open().filter(connection_id__in=[c for c in connections if c])
    known = set(mine.values_list("connection_id", flat=True))
    free = mine.select_for_update(skip_locked=True, of=("self",)).values("pk")
    CallEntry.across_teams.filter(pk__in=free).update(alive_until=lease(timezone.now()))
    return known


def sweep_calls() -> int:
    """Do what the clock alone decides; returns for how many sessions.

    Calls that are over are closed, people not heard of have left, and doors open for hosts who
    came before the start. Sockets know the times themselves (`closing_at`) and need not wait.
    """
    now = timezone.now()
    open_entries = CallEntry.across_teams.open()
    running = Session.across_teams.in_state(SessionState.STARTED)
    early = Q(state=State.WAITING, needs_admission=False, session__in=running)
    over = Q(session__ends_at__lte=now) | Q(session__canceled_at__isnull=False)
    closed = Q(session__team__is_active=False)
    gone = Q(participant__expires_at__lte=now) | Q(alive_until__lt=now)
    found = open_entries.filter(early | over | closed | gone)
    ids = list(found.order_by().values_list("session", flat=True).distinct()[:BATCH])
    for session in Session.across_teams.filter(pk__in=ids):
        settle(session)
    return len(ids)


@transaction.atomic
def settle(session: Session) -> None:
    """Let happen in one call what the time has decided.

    Records `participant.left`, `participant.joined`.
    """
    session = locked_session(session)
    now = timezone.now()
    state = state_of(session, now)
    if state in (SessionState.ENDED, SessionState.CANCELED) or not session.team.is_active:
        is_canceled = state is SessionState.CANCELED
        reason = Reason.CANCELED if is_canceled else Reason.ENDED
        over_at = closing_at(session)
        leave_all(session, reason, actor=WORKER, at=min(over_at or now, now))
        return
    held = session.entries.with_person().select_for_update(of=("self",))
    for entry in held.open().filter(participant__expires_at__lte=now).order_by("id"):
        expired_at = entry.participant.expires_at
        go([entry], session, Reason.ENDED, actor=WORKER, at=expired_at)
    if lapsed := list(held.lapsed(now).order_by("id")):
        go(lapsed, session, Reason.LAPSED, actor=WORKER)
    if state is SessionState.STARTED:
        early = list(held.waiting().filter(needs_admission=False))[: places_left(session)]
        if early:
            come_in(early, session, actor=WORKER, admitted=False)
