"""The call sockets of one process, and their signs of life."""

from typing import TYPE_CHECKING

from django.conf import settings

from rtcserver.sockets import Beat, domain
from sessions_api.services import renew

if TYPE_CHECKING:
    from sessions_api.consumers.call import CallSocket


class Here:
    def __init__(self) -> None:
        self._sockets: dict[str, CallSocket] = {}

    def add(self, socket: "CallSocket") -> None:
        self._sockets[socket.connection_id] = socket

    def remove(self, socket: "CallSocket") -> bool:
        """Whether it was there."""
        return self._sockets.pop(socket.connection_id, None) is not None

    async def renew(self) -> None:
        """Push all leases ahead in one write; a connection that lost its place is told."""
        before = list(self._sockets)
        if not before:
            return
        known = await domain(renew, before)
        for connection_id in before:
            if connection_id not in known and (socket := self._sockets.get(connection_id)):
                socket.lost()


here = Here()
beat = Beat("leases of calls", settings.CALL_LEASE_SECONDS / 3, here.renew)
