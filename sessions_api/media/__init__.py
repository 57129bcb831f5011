"""The way sound and pictures take: between the people, or through a media server.

A backend holds no rule about who may be in a call; the services ask it for what an admitted
person's page needs, and tell it who must be gone.
"""

from django.conf import settings

from sessions_api.media.base import MediaBackend, MediaUnreachable
from sessions_api.media.janus import Janus, Seat
from sessions_api.media.livekit import LiveKit
from sessions_api.media.p2p import PeerToPeer
from sessions_api.models import Session

BACKENDS: dict[str, MediaBackend] = {
    backend.name: backend for backend in (PeerToPeer(), Janus(), LiveKit())
}


def backend_named(name: str) -> MediaBackend:
    """The backend a session is on; an empty name is a call that nobody joined yet."""
    return BACKENDS[name or PeerToPeer.name]


def choose(session: Session, people: int) -> str:
    """The name of the backend for that many people.

    A call goes through the configured media server if its route says so, or if it is left open
    and there are more people than RTC_MESH_LIMIT. Once there it stays until it is empty.
    """
    relay = settings.MEDIA_BACKEND
    if relay == PeerToPeer.name or session.route == Session.Route.PEERS:
        return PeerToPeer.name
    is_large = people > settings.MESH_LIMIT or session.media == relay
    return relay if is_large or session.route == Session.Route.RELAY else PeerToPeer.name


__all__ = [
    "BACKENDS",
    "MediaBackend",
    "MediaUnreachable",
    "PeerToPeer",
    "Seat",
    "backend_named",
    "choose",
]
