"""The page behind an entry URL, which is the credential; and the page that tests a browser."""

import math

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from sessions_api.call_texts import DIAGNOSE_TEXTS, TEXTS
from sessions_api.invitations import as_calendar, method_of
from sessions_api.reading import invited
from sessions_api.states import State, entry_state_of

REFUSED = (State.ENDED, State.CANCELED)


@never_cache
@require_safe
def entry(request: HttpRequest, participant_id: str) -> HttpResponse:
    """Show the session, the person, and whether they may come in now.

    Reading it never joins or uses anything up: mail programs open links to preview them.
    410 once the session has ended or the invitation is withdrawn, 404 for an unknown id.
    """
    participant = invited(participant_id)
    if participant is None:
        return _page(request, "entry_unknown.html", {}, 404)
    now = timezone.now()
    session = participant.session
    state = entry_state_of(participant, session, now)
    shown = {"participant": participant, "session": session, "state": state}
    if state in REFUSED:
        return _page(request, "entry.html", shown, 410)
    shown |= {
        "seconds_to_start": math.ceil(max(0, (session.starts_at - now).total_seconds())),
        "texts": {name: str(text) for name, text in TEXTS.items()},
        "person": {
            "peer_id": str(participant.peer_id),
            "display_name": participant.display_name,
            "role": participant.role,
            "can_publish": participant.can_publish,
        },
    }
    return _with_devices(_page(request, "call.html", shown, 200))


@never_cache
@require_safe
def invitation(request: HttpRequest, participant_id: str) -> HttpResponse:
    """The invitation for a calendar, also of a cancelled call; 404 for an unknown id."""
    participant = invited(participant_id)
    if participant is None:
        return _page(request, "entry_unknown.html", {}, 404)
    answer = HttpResponse(
        as_calendar(participant),
        content_type=f"text/calendar; charset=utf-8; method={method_of(participant)}",
    )
    answer["Content-Disposition"] = 'attachment; filename="invitation.ics"'
    return _private(answer)


@never_cache
@require_safe
def diagnose(request: HttpRequest) -> HttpResponse:
    """What stands in the way of calls, found out by the browser. No credential is handed out."""
    shown = {
        "texts": {name: str(text) for name, text in DIAGNOSE_TEXTS.items()},
        "servers": {"stun": settings.STUN_URLS, "turn": settings.TURN_URLS},
    }
    return _with_devices(_page(request, "diagnose.html", shown, 200))


def _with_devices(response: HttpResponse) -> HttpResponse:
    """This page alone may ask for the camera, the microphone and the screen."""
    response["Permissions-Policy"] = "camera=(self), microphone=(self), display-capture=(self)"
    return response


def _page(request: HttpRequest, template: str, shown: dict, status: int) -> HttpResponse:
    return _private(render(request, template, shown, status=status))


def _private(response: HttpResponse) -> HttpResponse:
    """The URL is a secret: it goes to no other site and no search engine."""
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
