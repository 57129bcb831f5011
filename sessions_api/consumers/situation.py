"""What a person's page is told of the call, read in one go."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from sessions_api import services
from sessions_api.errors import NotInside
from sessions_api.models import CallEntry, Participant, Session
from sessions_api.states import State, state_of
from sessions_api.tickets import issue_ticket


@dataclass(frozen=True, slots=True)
class Situation:
    """Where a person is, and for those inside everything about the call."""

    place: str  # early | waiting | inside
    session: Session
    person: Participant
    closes_at: datetime | None
    inside: dict[str, Any] | None

    @property
    def next_change(self) -> datetime | None:
        """When the clock alone changes something for the person."""
        return self.session.starts_at if self.place == "early" else self.closes_at

    @property
    def may_decide(self) -> bool:
        return self.inside is not None and services.may_decide(self.person)


def read_situation(person: Participant, connection_id: str) -> Situation:
    """Raises NotInside if the connection does not count any more."""
    stays = CallEntry.across_teams.open().filter(participant=person, connection_id=connection_id)
    entry = stays.select_related("participant", "session").first()
    if entry is None:
        raise NotInside("This connection is not in the call.")
    person, session = entry.participant, entry.session
    person.session = session
    is_inside = entry.state == CallEntry.State.INSIDE
    return Situation(
        place="inside" if is_inside else _waiting_place(session),
        session=session,
        person=person,
        closes_at=services.closing_at(session, person),
        inside=_of_the_call(session, person) if is_inside else None,
    )


def about(person: Participant) -> dict[str, Any]:
    """What people may know of themselves."""
    return {
        "peer_id": str(person.peer_id),
        "display_name": person.display_name,
        "role": person.role,
        "can_publish": person.can_publish,
    }


def media_of(person: Participant) -> dict[str, Any]:
    """The way to the others. Raises NotInside."""
    return {**services.media_access(person), "relay_only": settings.ICE_RELAY_ONLY}


def _of_the_call(session: Session, person: Participant) -> dict[str, Any]:
    decides = services.may_decide(person)
    return {
        "session": str(session.public_id),
        "roster": services.roster(session),
        "may_decide": decides,
        "may_eject": person.role == Participant.Role.HOST,
        "waiting": services.waiting_of(session) if decides else [],
        "ticket": issue_ticket(person),
        "media": media_of(person),
    }


def _waiting_place(session: Session) -> str:
    return "early" if state_of(session, timezone.now()) is State.SCHEDULED else "waiting"
