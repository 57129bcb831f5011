"""Who was there, when and for how long, as rows and as a file for spreadsheets."""

import csv
from datetime import datetime
from io import StringIO
from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from rtcserver.dates import iso_date
from sessions_api.models import CallEntry, CallEntryQuerySet, Session

COLUMNS = (
    "peer_id", "display_name", "role", "state", "reason", "arrived_at", "waiting_since",
    "admitted_at", "admitted_by", "joined_at", "left_at", "seconds_inside",
)  # fmt: skip
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def entries_of(session: Session) -> CallEntryQuerySet:
    """All stays, in the order of arrival."""
    entries = CallEntry.objects.of_team(session.team_id).filter(session=session)
    return entries.order_by("id")


def as_file(session: Session) -> HttpResponse:
    """A CSV file of all stays. Anything a spreadsheet could take for a formula is made text."""
    text = StringIO()
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    now = timezone.now()
    for entry in entries_of(session).select_related("participant").iterator(2000):
        rows.writerow(_harmless(cell) for cell in _cells(entry, now))
    answer = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="attendance-{session.public_id}.csv"'
    answer["Cache-Control"] = "no-store"
    return answer


def _cells(entry: CallEntry, now: datetime) -> list[Any]:
    person = entry.participant
    who = [person.peer_id, person.display_name, person.role, entry.state, entry.reason]
    times = [entry.arrived_at, entry.waiting_since, entry.admitted_at]
    return [
        *who,
        *map(_time, times),
        entry.admitted_by,
        _time(entry.joined_at),
        _time(entry.left_at),
        seconds_inside(entry, now),
    ]


def seconds_inside(entry: CallEntry, now: datetime) -> int:
    if entry.joined_at is None:
        return 0
    return int(((entry.left_at or now) - entry.joined_at).total_seconds())


def _time(moment: datetime | None) -> str:
    return iso_date(moment) if moment else ""


def _harmless(cell: Any) -> str:
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
