"""What an admitted person's page needs for sound and pictures; nobody else gets any of it."""

import base64
import hashlib
import hmac
import logging
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from rtcserver.events import publish
from sessions_api.errors import NotInside
from sessions_api.media import BACKENDS, MediaUnreachable, PeerToPeer, backend_named, choose
from sessions_api.models import CallEntry, Participant, Session

THREADS = 4  # that speak to the media server, and to no database

logger = logging.getLogger(__name__)
_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="media")


def media_access(participant: Participant) -> dict[str, Any]:
    """The way to the others, for a person who is inside; JSON types.

    `backend` names it (`p2p`, `janus`, `livekit`), `ice_servers` is what RTCPeerConnection takes,
    `ice_expires_at` is when to have asked again (seconds since 1970, null: never), and the
    backend adds what its clients need. Ask anew before every ICE restart.

    Raises NotInside.
    """
    inside = CallEntry.across_teams.inside().filter(participant=participant)
    entry = inside.select_related("session", "participant").first()
    if entry is None:
        raise NotInside("They are not in the call.")
    servers, expires_at = ice_servers(entry.participant)
    backend = backend_named(entry.session.media)
    return {
        "backend": backend.name,
        "ice_servers": servers,
        "ice_expires_at": expires_at,
        **backend.join(entry.session, entry.participant),
    }


def ice_servers(participant: Participant) -> tuple[list[dict[str, Any]], int | None]:
    """STUN, and TURN with a person's own credential, and when that expires.

    The credential is the one coturn's `use-auth-secret` asks for. coturn checks its age when an
    allocation is made alone: who was put out gets no other, but can use theirs until it expires.
    """
    servers: list[dict[str, Any]] = []
    if settings.STUN_URLS:
        servers.append({"urls": list(settings.STUN_URLS)})
    if not settings.TURN_URLS:
        return servers, None
    username, credential, expires_at = turn_credential(str(participant.peer_id))
    urls = list(settings.TURN_URLS)
    return [*servers, {"urls": urls, "username": username, "credential": credential}], expires_at


def turn_credential(whose: str) -> tuple[str, str, int]:
    """User name, password and when they expire (seconds since 1970), by coturn's shared secret."""
    expires_at = int(time.time()) + settings.TURN_SECONDS
    username = f"{expires_at}:{whose}"
    digest = hmac.new(settings.TURN_SECRET.encode(), username.encode(), hashlib.sha1).digest()
    return username, base64.b64encode(digest).decode(), expires_at


def route_media(session: Session, topic: str, people: int) -> None:
    """Put a call on the backend that so many people need; on a change those inside are told.

    The caller holds the session's row. An empty call starts anew.
    """
    chosen = choose(session, people) if people else ""
    if chosen == session.media:
        return
    was_running = bool(session.media)
    session.media = chosen
    session.save(update_fields=["media"])
    if was_running and chosen:
        publish(topic, "call.media", backend=chosen)


def places_left(session: Session) -> int:
    """How many more people the call can carry. The caller holds the session's row.

    A media server carries any number; between the people it is RTC_MESH_LIMIT.
    """
    if choose(session, settings.MESH_LIMIT + 1) != PeerToPeer.name:
        return sys.maxsize
    return max(0, settings.MESH_LIMIT - session.entries.inside().count())


def cut_off(session: Session, participant: Participant) -> None:
    """Have the media server drop a person soon after the transaction commits."""
    _after_commit(partial(backend_named(session.media).remove, session, participant))


def cut_off_all(session: Session) -> None:
    """Have the media server end a call soon after the transaction commits."""
    _after_commit(partial(backend_named(session.media).close, session))


def keep_out(session_id: UUID, peer_id: UUID, *, server: str) -> bool:
    """A media server says that somebody joined; have it drop them unless they are inside.

    Args:
        server: The backend that says so; the call may be over by now, or go another way.

    Returns whether they are.
    """
    people = Participant.across_teams.select_related("session")
    person = people.filter(peer_id=peer_id, session__public_id=session_id).first()
    if person is None or person.entries.inside().exists():
        return False
    _after_commit(partial(BACKENDS[server].remove, person.session, person))
    return True


def _after_commit(act: Callable[[], None]) -> None:
    """Nobody waits for it: a media server that hangs holds up neither decisions nor other calls."""
    transaction.on_commit(partial(_threads.submit, _ask, act), robust=True)


def _ask(act: Callable[[], None]) -> None:
    try:
        act()
    except MediaUnreachable as fault:
        logger.warning("Media server: %s", fault)
    except Exception:
        logger.exception("Media server")
