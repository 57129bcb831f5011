"""The page behind an entry URL. The URL is the credential: nothing else is asked."""

import math

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from rtcserver.ids import parse_uuid
from sessions_api.models import Participant
from sessions_api.states import State, state_of

REFUSED = (State.ENDED, State.CANCELED)


@never_cache
@require_safe
def entry(request: HttpRequest, participant_id: str) -> HttpResponse:
    """Show the session, the person, and whether they may come in now.

    Reading it never joins or uses anything up: mail programs open links to preview them.
    410 once the session has ended or the invitation is withdrawn, 404 for an unknown id.
    """
    participant = _find(participant_id)
    if participant is None:
        return _page(request, "entry_unknown.html", {}, 404)
    now = timezone.now()
    session = participant.session
    state = State.CANCELED if participant.canceled_at else state_of(session, now)
    shown = {
        "participant": participant,
        "session": session,
        "state": state,
        "seconds_to_start": math.ceil(max(0, (session.starts_at - now).total_seconds())),
    }
    return _page(request, "entry.html", shown, 410 if state in REFUSED else 200)


def _find(participant_id: str) -> Participant | None:
    if (public_id := parse_uuid(participant_id)) is None:
        return None
    known = Participant.across_teams.select_related("session__team")
    return known.filter(public_id=public_id, session__team__is_active=True).first()


def _page(request: HttpRequest, template: str, shown: dict, status: int) -> HttpResponse:
    response = render(request, template, shown, status=status)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
