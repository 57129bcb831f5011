"""What all views of sessions share: the caller's team, and how its rows are shown."""

from typing import ClassVar
from uuid import UUID

from django.http import Http404

from rtcserver.ids import parse_uuid
from rtcserver.wire.coviu import CoviuView
from sessions_api.errors import ParticipantCanceled, SessionCanceled
from sessions_api.models import Participant, Session
from sessions_api.reading import Row, shown_participant, shown_session
from sessions_api.serializers import participant_writer, write_session

JAVA_SDK = "Coviu-Api-Client/"


class TeamView(CoviuView):
    """Every object is looked up inside the caller's team; a foreign id is an unknown id."""

    required_scopes: ClassVar = ["sessions"]

    def find_session(self, session_id: str) -> Session:
        sessions = Session.objects.of_team(self.grant.team_id)
        session = sessions.filter(public_id=known_id(session_id)).first()
        if session is None:
            raise Http404
        return session

    def find_participant(self, participant_id: str) -> Participant:
        participants = Participant.objects.of_team(self.grant.team_id).select_related("session")
        participant = participants.filter(public_id=known_id(participant_id)).first()
        if participant is None:
            raise Http404
        return participant

    def shown_session(self, public_id: UUID, *, deleted_participants: bool = False) -> Row:
        """The wire form of one session, as it now rests in the database."""
        row = shown_session(self.grant, public_id, canceled_participants=deleted_participants)
        if row is None:
            raise Http404
        if row["canceled_at"] is not None:
            raise SessionCanceled("The session was canceled.")
        return self.written(row, deleted_participants=deleted_participants)

    def written(self, row: Row, *, deleted_participants: bool = False) -> Row:
        return write_session(
            row, always_iso=self.is_java_sdk, deleted_participants=deleted_participants
        )

    def shown_participant(self, public_id: UUID) -> Row:
        """The wire form of one participant, as it now rests in the database."""
        row = shown_participant(self.grant.team_id, public_id)
        if row is None:
            raise Http404
        if row["canceled_at"] is not None:
            raise ParticipantCanceled("The participant was canceled.")
        return participant_writer().to_representation(row)

    @property
    def is_java_sdk(self) -> bool:
        """It reads nothing but ISO dates, and participants only as a page."""
        return self.request.headers.get("User-Agent", "").startswith(JAVA_SDK)


def known_id(text: str) -> UUID:
    """Read an id from the path; what is no UUID is nobody's id."""
    if (known := parse_uuid(text)) is None:
        raise Http404
    return known
