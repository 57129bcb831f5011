"""Telling others: `record()` writes a fact, `publish()` wakes sockets once it is committed."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction

from rtcserver.bus import bus
from rtcserver.models import CurrentTransaction, Event
from rtcserver.prepared import PreparedInsert

PEOPLE_TOPIC = "people"  # `people.notified | changed | signed_out` with `user_ids`


@dataclass(frozen=True, slots=True)
class Actor:
    """Who causes a change, and through which dialect (`coviu`, `admin`, `worker`, ...)."""

    kind: str  # api_client | person | staff | system
    id: str
    dialect: str


def record(
    event_type: str,
    *,
    subject_kind: str,
    subject_id: object,
    actor: Actor,
    team_id: int | None = None,
    **payload: Any,
) -> Event:
    """Append a fact to the event log, in the transaction of the change it tells of.

    Args:
        event_type: `noun.past`, such as `session.created`.
        payload: Stored facts, JSON types only; no credential (entry id, token, code).

    Readers of the log are woken after commit.
    """
    event = Event(
        type=event_type,
        team_id=team_id,
        subject_kind=subject_kind,
        subject_id=str(subject_id),
        actor_kind=actor.kind,
        actor_id=actor.id,
        dialect=actor.dialect,
        payload=payload,
    )
    _insert_event(event)
    publish(events_topic(team_id), "events.recorded")
    return event


_insert_event = PreparedInsert(Event, transaction=CurrentTransaction())


def events_topic(team_id: int | None) -> str:
    """Where it is announced that an event of a team was recorded (None: of no team)."""
    return f"events.{team_id or 0}"


def publish(topic: str, message_type: str, **payload: Any) -> None:
    """Tell every listener of `topic` once the current transaction commits (rtcserver/bus.py).

    Delivery is at most once (a full or dead socket misses it), so the message must
    repeat what is already stored; JSON types only. A broken channel layer is logged, never
    raised: the data is committed and the caller's request has succeeded.
    """
    message = {"type": message_type, **payload}
    transaction.on_commit(partial(bus.announce, topic, message), robust=True)
