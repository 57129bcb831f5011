"""Demo sessions: scheduled, running, ended and cancelled, for both teams."""

from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import ApiClient
from rtcserver.demo.teams import DEMO, SCHOOL
from sessions_api.models import Participant, Session
from sessions_api.services import (
    ParticipantFields,
    cancel_session,
    create_session,
    issue_tokens,
    open_session,
)
from sessions_api.states import State

RUNNING = "Open consultation"  # stays open, so that the printed entry URLs work


def create_demo_sessions(client: ApiClient) -> None:
    now = timezone.now().replace(second=0, microsecond=0)
    hours = timedelta(hours=1)
    clinic = [
        (RUNNING, now - hours, now + 365 * 24 * hours, _people("Dr. Amara Okafor", "Jonas Weber")),
        ("Follow-up", now + 2 * hours, now + 3 * hours, _people("Dr. Amara Okafor", "Ana Silva")),
        ("Physiotherapy", now - 26 * hours, now - 25 * hours, _people("Tom Reid", "Eve Martin")),
        ("Team meeting", now + 24 * hours, now + 25 * hours, _people("Maria Jensen", "Tom Reid")),
    ]
    for name, start, end, people in clinic:
        _plan(client, name, start, end, people)
    dropped = _plan(
        client,
        "Vaccination advice",
        now + 5 * hours,
        now + 6 * hours,
        _people("Tom Reid", "Liu Yang"),
    )
    cancel_session(dropped, actor=DEMO)
    desk = open_session(
        actor=DEMO,
        team_id=client.team_id,
        api_key=client.client_id,
        name="Front desk",
        permanent=True,
    )
    key = client.client_id
    issue_tokens(desk, actor=DEMO, api_key=key, display_name="Reception", permanent=True)
    issue_tokens(desk, actor=DEMO, api_key=key, display_name="Screen", can_publish=False)
    school = ApiClient.across_teams.get(team__name=SCHOOL)
    _plan(school, "家长会", now + 48 * hours, now + 49 * hours, _people("李薇", "王芳", "陈杰"))
    _plan(school, "数学辅导", now - 2 * hours, now - hours, _people("赵老师", "小明"))


def running_entry_urls(client: ApiClient) -> tuple[str, str]:
    """A host's and a guest's entry URL of the running demo session, made anew if it is gone."""
    running = Session.objects.of_team(client.team_id).in_state(State.STARTED).order_by("-ends_at")
    for session in running.filter(name=RUNNING)[:10]:
        invited = Participant.objects.of_team(client.team_id).filter(session=session)
        host = invited.not_canceled().filter(role=Participant.Role.HOST).first()
        guest = invited.not_canceled().filter(role=Participant.Role.GUEST).first()
        if host and guest:
            return host.entry_url, guest.entry_url
    now = timezone.now()
    people = _people("Dr. Amara Okafor", "Jonas Weber")
    _plan(client, RUNNING, now, now + timedelta(days=365), people)
    return running_entry_urls(client)


def _people(host: str, *guests: str) -> list[ParticipantFields]:
    invited: list[ParticipantFields] = [{"display_name": host, "role": "host"}]
    return invited + [{"display_name": guest, "role": "guest"} for guest in guests]


def _plan(
    client: ApiClient,
    name: str,
    starts_at: datetime,
    ends_at: datetime,
    people: list[ParticipantFields],
) -> Session:
    """Plan a session that may lie in the past, as if it had been planned the day before."""
    window = {"starts_at": starts_at, "ends_at": ends_at}
    shift = max(timedelta(), timezone.now() - starts_at) + timedelta(minutes=1)
    session, _people = create_session(
        actor=DEMO,
        team_id=client.team_id,
        api_key=client.client_id,
        name=name,
        starts_at=starts_at + shift,
        ends_at=ends_at + shift,
        participants=people,
    )
    Session.across_teams.filter(pk=session.pk).update(**window)
    session.refresh_from_db()
    return session
