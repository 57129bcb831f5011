"""The room of a call: what is asked of the VideoRoom plugin, and its secrets.

A room is named by the session's id, people in it by their peer ids. Secret and pin are derived
from this server's own key, so every process knows them and none stores them.
"""

import hashlib
import hmac
from typing import Any
from uuid import UUID

from django.conf import settings

NO_ROOM, HAS_ROOM, NO_FEED, HAS_PERSON = 426, 427, 428, 436  # error codes of the plugin
GONE: tuple[int, ...] = (NO_ROOM, NO_FEED)
MADE: tuple[int, ...] = (HAS_ROOM,)
PUBLISHERS = 1000  # the lobby decides who is in the room, not Janus

Body = dict[str, Any]


def create(session_id: UUID) -> Body:
    """`require_pvtid` ties what people receive to their own place: a kick ends both."""
    body = _about("create", session_id) | {
        "secret": _derived("secret", session_id),
        "pin": _derived("pin", session_id),
        "permanent": False,
        "is_private": True,
        "require_pvtid": True,
        "publishers": PUBLISHERS,
        "bitrate": settings.JANUS_BITRATE,
        "audiocodec": "opus",
        "videocodec": "vp8,h264",
    }
    return body | ({"admin_key": settings.JANUS_ADMIN_KEY} if settings.JANUS_ADMIN_KEY else {})


def join(session_id: UUID, peer_id: UUID) -> Body:
    own = {"ptype": "publisher", "id": str(peer_id), "pin": _derived("pin", session_id)}
    return _about("join", session_id) | own


def watch(session_id: UUID, private_id: int, feeds: list[str]) -> Body:
    own = {"ptype": "subscriber", "private_id": private_id, "pin": _derived("pin", session_id)}
    return _about("join", session_id) | own | streams_of(feeds)


def streams_of(feeds: list[str]) -> Body:
    return {"streams": [{"feed": feed} for feed in feeds]}


def kick(session_id: UUID, peer_id: UUID) -> Body:
    own = {"id": str(peer_id), "secret": _derived("secret", session_id)}
    return _about("kick", session_id) | own


def destroy(session_id: UUID) -> Body:
    return _about("destroy", session_id) | {"secret": _derived("secret", session_id)}


def _about(request: str, session_id: UUID) -> Body:
    return {"request": request, "room": str(session_id)}


def _derived(use: str, session_id: UUID) -> str:
    text = f"janus {use} {session_id}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), text, hashlib.sha256).hexdigest()
