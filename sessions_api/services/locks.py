"""Rows held until the transaction ends. One order of locks: the session, then its people."""

from django.utils import timezone

from sessions_api.errors import ParticipantCanceled, ParticipantExpired, UnknownSession
from sessions_api.models import Participant, Session
from sessions_api.states import State, is_expired, require


def locked_session(session: Session) -> Session:
    """Read the row again and hold it until the transaction ends."""
    locked = Session.objects.of_team(session.team_id).select_for_update().filter(pk=session.pk)
    if (row := locked.first()) is None:
        raise UnknownSession("No such session.")
    return row


def locked_participant(participant: Participant) -> tuple[Participant, Session]:
    """Hold the session, whose state decides, and the participant.

    Raises ParticipantCanceled, SessionCanceled, SessionEnded, ParticipantExpired.
    """
    session = locked_session(participant.session)
    participant = Participant.across_teams.select_for_update(of=("self",)).get(pk=participant.pk)
    if participant.canceled_at is not None:
        raise ParticipantCanceled("The participant was canceled.")
    now = timezone.now()
    require(session, now, State.SCHEDULED, State.STARTED)
    if is_expired(participant, now):
        raise ParticipantExpired("The invitation has expired.")
    return participant, session
