"""A participant's invitation as an iCalendar file (RFC 5545, RFC 5546)."""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vCalAddress, vText

from sessions_api.models import Participant
from sessions_api.states import State, entry_state_of

CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # no TEXT may hold them


def method_of(participant: Participant) -> str:
    """PUBLISH, or CANCEL once the session or the invitation was cancelled."""
    state = entry_state_of(participant, participant.session, timezone.now())
    return "CANCEL" if state is State.CANCELED else "PUBLISH"


def as_calendar(participant: Participant) -> bytes:
    """The invitation as it is now; reads `participant.session.team`.

    A calendar replaces what it holds under the same UID if SEQUENCE is higher. The UID is made
    from the peer id: calendars are shared, and the entry id is a secret. The link is in it all
    the same, once for the person it is for.
    """
    method = method_of(participant)
    calendar = Calendar()
    calendar.add("prodid", "-//rtcserver//rtcserver//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(_event(participant, is_canceled=method == "CANCEL"))
    return calendar.to_ical()


def _event(participant: Participant, *, is_canceled: bool) -> Event:
    session = participant.session
    event = Event()
    event.add("uid", f"{participant.peer_id}@{urlsplit(settings.PUBLIC_BASE_URL).hostname}")
    event.add("sequence", session.revision + (participant.canceled_at is not None))
    event.add("dtstamp", timezone.now())
    event.add("dtstart", session.starts_at)
    if session.ends_at:
        event.add("dtend", session.ends_at)
    event.add("summary", _clean(session.name or _("Call")))
    event.add("status", "CANCELLED" if is_canceled else "CONFIRMED")
    event.add("organizer", _organizer(session.team.name))
    if not is_canceled:
        event.add("url", participant.entry_url)
        event.add("location", participant.entry_url)
        event.add("description", _("Join the call: %(url)s") % {"url": participant.entry_url})
    return event


def _organizer(team_name: str) -> vCalAddress:
    """Publishing needs one; teams have no mail address, so it is the address of the service."""
    organizer = vCalAddress(settings.PUBLIC_BASE_URL)
    organizer.params["CN"] = vText(_clean(team_name).replace('"', "'"))
    return organizer


def _clean(text: str) -> str:
    return CONTROLS.sub(" ", text)
