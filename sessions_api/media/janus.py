"""A Janus VideoRoom, which only this server speaks to (RTC_JANUS_URL, RTC_JANUS_API_SECRET).

Pages never learn its address: the signalling socket carries their offers to it and holds their
handles, so a person is cut off with their socket.
"""

from typing import Any

from sessions_api.models import Participant, Session


class Janus:
    name = "janus"

    def join(self, session: Session, participant: Participant) -> dict[str, Any]:
        return {"can_publish": participant.can_publish}

    def remove(self, session: Session, participant: Participant) -> None:
        """Their handles go with their socket."""

    def close(self, session: Session) -> None:
        """An empty room goes by itself."""
