"""Every page speaks to every other; this server only carries their signalling."""

from typing import Any

from sessions_api.models import Participant, Session


class PeerToPeer:
    name = "p2p"

    def join(self, session: Session, participant: Participant) -> dict[str, Any]:
        return {}

    def remove(self, session: Session, participant: Participant) -> None:
        """Pages drop a peer who is off the roster."""

    def close(self, session: Session) -> None:
        """Nothing is kept here."""
