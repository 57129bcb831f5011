"""A Janus VideoRoom, which only this server speaks to (RTC_JANUS_URL).

Pages never learn its address: the socket of the call carries their descriptions to it and holds
their `Seat`, so a person is cut off with their socket. A kick comes on top of that, for it works
from every process, and also when the one that holds the socket hangs.
"""

import asyncio
from typing import Any

from sessions_api.media.base import MediaUnreachable
from sessions_api.media.janus import room
from sessions_api.media.janus.client import Connection, Refused
from sessions_api.media.janus.seat import Seat
from sessions_api.models import Participant, Session

ONCE_SECONDS = 2.0


class Janus:
    name = "janus"

    def join(self, session: Session, participant: Participant) -> dict[str, Any]:
        return {}

    def remove(self, session: Session, participant: Participant) -> None:
        asyncio.run(once(room.kick(session.public_id, participant.peer_id)))

    def close(self, session: Session) -> None:
        asyncio.run(once(room.destroy(session.public_id)))


async def once(body: dict[str, Any]) -> None:
    """Have Janus do one thing; that what it is about is gone already is no fault.

    Raises MediaUnreachable.
    """
    try:
        async with asyncio.timeout(ONCE_SECONDS), Connection() as connection:
            handle = await connection.attach()
            await connection.message(handle, body, unless=room.GONE)
    except TimeoutError:
        raise MediaUnreachable("no answer") from None


__all__ = ["Janus", "Refused", "Seat", "once", "room"]
