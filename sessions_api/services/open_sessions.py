"""Sessions without a schedule: open from their making until their days are over, if ever.

Who holds a token of such a session comes in by it, with no lobby. Rules: docs/dialects/rtcat.md.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from rtcserver.events import Actor
from sessions_api.errors import EndInPast
from sessions_api.models import Participant, Session
from sessions_api.services.locks import locked_participant, locked_session
from sessions_api.services.participants import update_participant
from sessions_api.services.records import public_facts, record_participant, record_session
from sessions_api.services.sessions import create_session, update_session
from sessions_api.states import State, require

SESSION_DAYS = 30
TOKEN_DAYS = 15


def open_session(
    *,
    actor: Actor,
    team_id: int,
    api_key: str | None = None,
    live_days: int = SESSION_DAYS,
    permanent: bool = False,
    **fields: Any,
) -> Session:
    """Make a session that is open at once and ends `live_days` later, or never.

    Args:
        fields: `name`, `data`, `route`, `key`.

    Records `session.created`.
    """
    now = timezone.now()
    session, _nobody = create_session(
        actor=actor,
        team_id=team_id,
        api_key=api_key,
        starts_at=now,
        ends_at=None if permanent else now + timedelta(days=live_days),
        created_at=now,
        live_days=live_days,
        has_lobby=False,
        **{"route": Session.Route.PEERS} | fields,
    )
    return session


@transaction.atomic
def update_open_session(
    session: Session,
    changes: Mapping[str, Any],
    *,
    actor: Actor,
    live_days: int | None = None,
    permanent: bool | None = None,
) -> Session:
    """Change `name`, `data` and how long the session lives, counted from its making.

    Raises:
        SessionCanceled, SessionEnded: Nothing changes any more.
        EndInPast: It would be over; withdraw it instead.

    Records `session.updated`, unless nothing changed.
    """
    session = locked_session(session)
    days = live_days or session.live_days or SESSION_DAYS
    end = _moved(session.created_at, session.ends_at, days, live_days, permanent)
    timing = _chosen(live_days, permanent, days)
    if end != session.ends_at:
        timing["ends_at"] = end
    return update_session(session, {**changes, **timing}, actor=actor)


@transaction.atomic
def issue_tokens(
    session: Session,
    *,
    actor: Actor,
    api_key: str | None = None,
    number: int = 1,
    live_days: int = TOKEN_DAYS,
    permanent: bool = False,
    **fields: Any,
) -> list[Participant]:
    """Invite `number` guests alike; each one's `public_id` is the token that lets them in.

    Args:
        live_days: How long a token counts, unless it is `permanent`; never beyond the session.
        fields: `display_name`, `data`, `can_publish`.

    Raises SessionCanceled, SessionEnded. Records `participant.added`, or one
    `participants.added` that names all of several.
    """
    session = locked_session(session)
    now = timezone.now()
    require(session, now, State.SCHEDULED, State.STARTED)
    rows = [
        Participant(
            session=session,
            client_id=api_key,
            role=Participant.Role.GUEST,
            created_at=now,
            live_days=live_days,
            expires_at=None if permanent else now + timedelta(days=live_days),
            **fields,
        )
        for _ in range(number)
    ]
    issued = Participant.across_teams.bulk_create(rows)
    if number == 1:
        record_participant("participant.added", issued[0], session, actor)
    else:
        record_session(
            "participants.added", session, actor, participants=[public_facts(p) for p in issued]
        )
    return issued


@transaction.atomic
def update_token(
    token: Participant,
    changes: Mapping[str, Any],
    *,
    actor: Actor,
    live_days: int | None = None,
    permanent: bool | None = None,
) -> Participant:
    """Change `display_name`, `data` and how long a token counts, from its making.

    Raises:
        ParticipantCanceled, SessionCanceled, SessionEnded, ParticipantExpired: It is over.
        EndInPast: It would be over; withdraw it instead.

    Records `participant.updated`, unless nothing changed.
    """
    token, _session = locked_participant(token)
    days = live_days or token.live_days or TOKEN_DAYS
    end = _moved(token.created_at, token.expires_at, days, live_days, permanent)
    timing = _chosen(live_days, permanent, days)
    if end != token.expires_at:
        if end is not None and end <= timezone.now():
            raise EndInPast("The token must expire in the future.")
        timing["expires_at"] = end
    return update_participant(token, {**changes, **timing}, actor=actor)


def _moved(
    made_at: datetime,
    end: datetime | None,
    days: int,
    live_days: int | None,
    permanent: bool | None,
) -> datetime | None:
    """The end after a change; it stays as it is unless its days or its permanence were named."""
    is_permanent = end is None if permanent is None else permanent
    if is_permanent:
        return None
    if live_days is None and end is not None:
        return end
    return made_at + timedelta(days=days)


def _chosen(live_days: int | None, permanent: bool | None, days: int) -> dict[str, Any]:
    """Which number of days to keep: it is what a permanent one returns to."""
    return {} if live_days is None and permanent is None else {"live_days": days}
