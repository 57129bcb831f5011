"""Telling others: `record()` writes a fact, `publish()` wakes sockets once it is committed."""

import asyncio
import logging
import threading
from collections.abc import Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

from channels.layers import get_channel_layer
from django.db import transaction

from rtcserver.models import CurrentTransaction, Event

EVENTS_GROUP = "events"

logger = logging.getLogger(__name__)


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
    event = Event.objects.create(
        transaction=CurrentTransaction(),
        type=event_type,
        team_id=team_id,
        subject_kind=subject_kind,
        subject_id=str(subject_id),
        actor_kind=actor.kind,
        actor_id=actor.id,
        dialect=actor.dialect,
        payload=payload,
    )
    publish(EVENTS_GROUP, "events.recorded")
    return event


def publish(group: str, message_type: str, **payload: Any) -> None:
    """Send a message to every socket in `group` once the current transaction commits.

    Delivery is at most once (a full or dead socket misses it), so the message must
    repeat what is already stored. A broken channel layer is logged, never raised:
    the data is committed and the caller's request has succeeded.
    """
    message = {"type": message_type, **payload}
    transaction.on_commit(partial(_hand_over, group, message), robust=True)


def use_loop(loop: asyncio.AbstractEventLoop | None) -> None:
    """Let the serving event loop send what `publish()` hands over (None: a loop of our own)."""
    global _loop
    _loop = loop


_loop: asyncio.AbstractEventLoop | None = None
_lock = threading.Lock()


def _hand_over(group: str, message: dict[str, Any]) -> None:
    # Channel layers are bound to one loop per process; pool threads must not start their own.
    asyncio.run_coroutine_threadsafe(_send(group, message), _sending_loop())


def _send(group: str, message: dict[str, Any]) -> Coroutine[Any, Any, None]:
    async def send() -> None:
        try:
            await get_channel_layer().group_send(group, message)
        except Exception:  # noqa: BLE001 (any transport fault: the rows are safe, readers catch up)
            logger.warning("Channel layer unreachable; %s not announced", message["type"])

    return send()


def _sending_loop() -> asyncio.AbstractEventLoop:
    global _loop
    with _lock:
        if _loop is None or _loop.is_closed():
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, name="publisher", daemon=True).start()
        return _loop
