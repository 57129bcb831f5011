"""Events of a session. The subject is always the session, so that its timeline is one query."""

from typing import Any

from rtcserver.dates import iso_date
from rtcserver.events import Actor, record
from sessions_api.models import Participant, Session


def record_session(event_type: str, session: Session, actor: Actor, **facts: Any) -> None:
    _record(event_type, session, actor, name=session.name, **facts)


def record_participant(
    event_type: str, participant: Participant, session: Session, actor: Actor, **facts: Any
) -> None:
    _record(event_type, session, actor, participant=public_facts(participant), **facts)


def _record(event_type: str, session: Session, actor: Actor, **facts: Any) -> None:
    record(
        event_type,
        team_id=session.team_id,
        subject_kind="session",
        subject_id=session.public_id,
        actor=actor,
        **facts,
    )


def public_facts(participant: Participant) -> dict[str, str | None]:
    """What everybody may know of a participant; the entry id is a secret and stays out."""
    return {
        "peer_id": str(participant.peer_id),
        "role": participant.role,
        "display_name": participant.display_name,
    }


def window(session: Session) -> dict[str, str | None]:
    """When it starts and ends, in ISO 8601; open sessions have no end."""
    ends_at = iso_date(session.ends_at) if session.ends_at else None
    return {"starts_at": iso_date(session.starts_at), "ends_at": ends_at}
