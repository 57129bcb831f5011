"""The open demo: anybody may make sessions and tokens of one team, within limits."""

from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.errors import NameTaken
from accounts.models import Team
from accounts.services import create_team
from rtcserver.events import Actor
from sessions_api.errors import DemoFull, SessionCanceled, UnknownSession
from sessions_api.models import Participant, Session
from sessions_api.services.open_sessions import issue_tokens, open_session
from sessions_api.states import State

VISITOR = Actor("system", "visitor", "rtcat")
LABEL = "demo"
KEPT = timedelta(days=1)  # after it is over
SWEPT_AT_ONCE = 200
TRIES = 3


def demo_team() -> Team:
    """The team that the demo belongs to, created when it is first needed.

    Raises UnknownSession while staff have it switched off: it has nothing to show.
    """
    teams = Team.objects.filter(name=settings.RTCAT_DEMO_TEAM)
    if (team := teams.first()) is None:
        try:
            team = create_team(actor=VISITOR, name=settings.RTCAT_DEMO_TEAM)
        except NameTaken:  # by another first visitor
            team = teams.get()
    if not team.is_active:
        raise UnknownSession("The demo is switched off.")
    return team


def open_demo_session(team: Team, *, name: str = LABEL, key: str | None = None) -> Session:
    """Make one more session of the demo, found again by `key` if one is given.

    Raises DemoFull. Records `session.created`.
    """
    live = Session.objects.of_team(team.pk).in_state(State.STARTED)
    if _is_full(live, settings.RTCAT_DEMO_SESSIONS):
        raise DemoFull("The demo is full; its sessions expire after some days.")
    return open_session(actor=VISITOR, team_id=team.pk, name=name, key=key)


def named_session(team: Team, name: str) -> Session:
    """The one live session of that name, made if there is none.

    Names are a namespace of their own: sessions with that label alone are others. One that is
    over gives its name up. Raises DemoFull.
    """
    mine = Session.objects.of_team(team.pk)
    for _ in range(TRIES):
        with transaction.atomic():
            found = mine.filter(key=name).first()
            if found and found.state in (State.SCHEDULED, State.STARTED):
                return found
            if found:
                mine.filter(pk=found.pk).update(key=None)
            try:
                with transaction.atomic():
                    return open_demo_session(team, name=name, key=name)
            except IntegrityError:  # somebody else made it at the same moment
                continue
    raise SessionCanceled("The session was canceled; try again.")


def issue_demo_tokens(
    team: Team, session: Session, *, number: int = 1, **fields: object
) -> list[Participant]:
    """Invite guests to a session of the demo.

    Raises DemoFull, SessionCanceled, SessionEnded. Records as `issue_tokens` does.
    """
    live = Participant.objects.of_team(team.pk).live()
    if _is_full(live, settings.RTCAT_DEMO_TOKENS - number + 1):
        raise DemoFull("The demo is full; its tokens expire after some days.")
    return issue_tokens(session, actor=VISITOR, number=number, **fields)  # type: ignore[arg-type]


@transaction.atomic
def sweep_demo() -> int:
    """Delete a batch of what visitors made and is over since a day; returns how many rows."""
    mine = Q(client=None, live_days__isnull=False)  # never what a key or staff made
    team_id = Team.objects.filter(name=settings.RTCAT_DEMO_TEAM).values("pk")[:1]
    before = timezone.now() - KEPT
    sessions = Session.across_teams.filter(mine, team=team_id).filter(
        Q(ends_at__lt=before) | Q(canceled_at__lt=before)
    )
    tokens = Participant.across_teams.filter(mine, session__team=team_id).filter(
        Q(expires_at__lt=before) | Q(canceled_at__lt=before)
    )
    return _delete_some(tokens) + _delete_some(sessions)


def _delete_some(rows: QuerySet) -> int:
    chosen = list(rows.order_by("id").values_list("pk", flat=True)[:SWEPT_AT_ONCE])
    rows.model._default_manager.filter(pk__in=chosen).delete()
    return len(chosen)


def _is_full(live: QuerySet, limit: int) -> bool:
    """Whether there are `limit` or more; counting stops there."""
    return limit < 1 or live.order_by()[:limit].count() >= limit
