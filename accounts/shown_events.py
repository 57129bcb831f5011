"""Events as a team's own software gets them: the same by webhook, by list and as a stream."""

import re
from collections.abc import Collection
from typing import Any

from rtcserver.dates import iso_date
from rtcserver.models import Event, EventQuerySet

EVENT_TYPE = re.compile(r"[a-z_]{1,32}\.(?:[a-z_]{1,31}|\*)", re.ASCII)
MOST_TYPES = 50


def are_types(names: Collection[str]) -> bool:
    """Whether these can be asked for: at most MOST_TYPES, each `room.created` or `room.*`."""
    return len(names) <= MOST_TYPES and all(map(EVENT_TYPE.fullmatch, names))


def events_of_team(team_id: int, *, after: str, types: Collection[str] = ()) -> EventQuerySet:
    """A team's events behind a cursor, oldest first, without any that could still be preceded.

    Args:
        types: `room.created`, or `room.*` for all of a kind; none: every type.

    Raises ValueError: `after` was never handed out.
    """
    events = Event.objects.of_team(team_id).after(after)
    return events.of_types(types) if types else events


def newest_cursor(team_id: int) -> str:
    """Where a team's log stands; what comes later comes behind it."""
    settled = Event.objects.of_team(team_id).settled()
    newest = settled.order_by("-transaction", "-id").first()
    return newest.cursor if newest else ""


def shown(event: Event) -> dict[str, Any]:
    """JSON: `id` (a cursor), `type`, `time`, `subject`, `actor` {kind, id}, `dialect`, `data`."""
    return {
        "id": event.cursor,
        "type": event.type,
        "time": iso_date(event.happened_at),
        "subject": {"kind": event.subject_kind, "id": event.subject_id},
        "actor": {"kind": event.actor_kind, "id": event.actor_id},
        "dialect": event.dialect,
        "data": event.payload,
    }
