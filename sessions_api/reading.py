"""What is shown of sessions and participants: plain rows, two queries for any number of them."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Protocol
from uuid import UUID

from django.db.models import BigIntegerField, F, UUIDField

from rtcserver.ids import parse_uuid
from rtcserver.prepared import Parameter, PreparedRows
from sessions_api.models import Participant, Session, SessionQuerySet

# The serializers read these rows by their own field sources.
SESSION = (
    "id", "public_id", "client_id", "name", "picture", "starts_at", "ends_at", "date_style",
    "feature_flags", "canceled_at", "actual_started_at", "actual_ended_at",
)  # fmt: skip
PARTICIPANT = (
    "public_id", "peer_id", "session_id", "client_id", "display_name", "picture", "role", "state",
    "canceled_at",
)  # fmt: skip

Row = dict[str, Any]


class ShownTeam(Protocol):
    """The caller's team, both its ids: what a bearer grant knows."""

    @property
    def team_id(self) -> int: ...
    @property
    def team_public_id(self) -> UUID: ...


def shown_session(team: ShownTeam, public_id: UUID, *, canceled_participants: bool) -> Row | None:
    """One session of the team with its participants, or None."""
    for session in _one_session(team_id=team.team_id, public_id=public_id):
        people = _its_participants(session_id=session["id"])
        if not canceled_participants:
            people = [person for person in people if person["canceled_at"] is None]
        return _together(session, people, team)
    return None


def planned_session(team: ShownTeam, session: Session, people: Iterable[Participant]) -> Row:
    """The row of a session that was stored a moment ago, without reading it again."""
    rows = [{name: getattr(person, name) for name in PARTICIPANT} for person in people]
    return _together({name: getattr(session, name) for name in SESSION}, rows, team)


def shown_sessions(
    team: ShownTeam, sessions: SessionQuerySet, *, canceled_participants: bool
) -> list[Row]:
    """Rows of the team's `sessions` in their order, each with its participants in theirs."""
    rows: list[Row] = list(sessions.values(*SESSION))
    mine = Participant.across_teams.filter(session__in=[row["id"] for row in rows])
    if not canceled_participants:
        mine = mine.not_canceled()
    people = defaultdict(list)
    for person in mine.order_by("id").values(*PARTICIPANT):
        people[person["session_id"]].append(person)
    return [_together(row, people[row["id"]], team) for row in rows]


def shown_participant(team_id: int, public_id: UUID) -> Row | None:
    """One participant of the team, or None."""
    mine = Participant.objects.of_team(team_id).filter(public_id=public_id)
    return mine.values(*PARTICIPANT, session_public_id=F("session__public_id")).first()


def invited(participant_id: str) -> Participant | None:
    """Whom the secret in an entry URL belongs to, with their session and team."""
    if (public_id := parse_uuid(participant_id)) is None:
        return None
    known = Participant.across_teams.select_related("session__team")
    return known.filter(public_id=public_id, session__team__is_active=True).first()


def _together(session: Row, people: list[Row], team: ShownTeam) -> Row:
    of_session = {"session_public_id": session["public_id"]}
    return session | {
        "team_public_id": team.team_public_id,
        "participants": [person | of_session for person in people],
    }


_one_session = PreparedRows(
    lambda: (
        Session.across_teams.order_by()
        .filter(
            team=Parameter("team_id", BigIntegerField()),
            public_id=Parameter("public_id", UUIDField()),
        )
        .values(*SESSION)
    )
)
_its_participants = PreparedRows(
    lambda: (
        Participant.across_teams.filter(session=Parameter("session_id", BigIntegerField()))
        .order_by("id")
        .values(*PARTICIPANT)
    )
)
