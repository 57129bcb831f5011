"""What a media backend can do."""

from typing import Any, Protocol

from sessions_api.models import Participant, Session


class MediaUnreachable(Exception):
    """The media server did not do what it was asked; said in the log, tried no further."""


class MediaBackend(Protocol):
    name: str

    def join(self, session: Session, participant: Participant) -> dict[str, Any]:
        """What the page of a person who is inside needs to send and receive. JSON types.

        It may hold credentials: it is for that person alone, and is fetched anew when needed.
        """

    def remove(self, session: Session, participant: Participant) -> None:
        """Cut a person off who is not inside any more. Raises MediaUnreachable."""

    def close(self, session: Session) -> None:
        """Cut everybody off: the call is over. Raises MediaUnreachable."""
