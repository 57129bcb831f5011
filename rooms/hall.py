"""The room sockets of one process: alive together, and asked together whether they may stay."""

import asyncio
from collections.abc import Iterable
from typing import Protocol

from rooms.attending import Attendance, Standing
from rooms.services.presence import seen_many
from rooms.services.signs import signs
from rtcserver.bus import Announcement, bus
from rtcserver.events import PEOPLE_TOPIC
from rtcserver.sockets import Code, domain


class Attending(Protocol):
    """A socket whose client was let in."""

    attendance: Attendance | None

    def dismiss(self, code: int, reason: str) -> None:
        """End it, because the person may hear the room no more."""

    def destroyed(self) -> None:
        """End it, because there is no room any more."""


class Hall:
    """Who is connected here. Called on the serving loop."""

    def __init__(self) -> None:
        self._of_person: dict[int, dict[Attending, None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, socket: Attending, attendance: Attendance) -> None:
        if not self._of_person:
            bus.subscribe(PEOPLE_TOPIC, self)
        self._of_person.setdefault(attendance.user_id, {})[socket] = None

    def remove(self, socket: Attending, attendance: Attendance) -> None:
        sockets = self._of_person.get(attendance.user_id, {})
        sockets.pop(socket, None)
        if not sockets:
            self._of_person.pop(attendance.user_id, None)
        if not self._of_person:
            bus.unsubscribe(PEOPLE_TOPIC, self)

    def heard(self, announcement: Announcement) -> None:
        """Somebody's logins changed; whose exactly is asked."""
        message = announcement.message
        if message["type"] != "people.signed_out":
            return
        sockets = [s for user in message["user_ids"] for s in self._of_person.get(user, ())]
        if sockets:
            task = asyncio.get_running_loop().create_task(self.check(sockets, signed_out=True))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def keep_alive(self) -> None:
        """A live socket is a sign of life: one write for everybody here."""
        logins = {a.login_id for _s, a in self._attending() if a.login_id is not None}
        await domain(signs.flush, list(self._of_person), list(logins))

    async def check_all(self) -> None:
        """Whatever was not announced, or was lost on the way."""
        await self.check([socket for socket, _attendance in self._attending()])

    async def check(self, sockets: Iterable[Attending], *, signed_out: bool = False) -> None:
        """End the sockets whose credential counts no more or whose person is not inside.

        Args:
            signed_out: The person signed out: without any login left, a UserSig ends too.
        """
        asked = [(socket, a) for socket in sockets if (a := socket.attendance)]
        standing = await domain(Standing.of, [attendance for _socket, attendance in asked])
        for socket, attendance in asked:
            left_all = signed_out and attendance.user_id not in standing.signed_in
            if left_all or not standing.counts(attendance):
                socket.dismiss(Code.UNAUTHENTICATED, "signed out")
            elif attendance.room_id not in standing.open_rooms:
                socket.destroyed()
            elif not standing.is_inside(attendance):
                socket.dismiss(Code.LEFT, "not in the room")

    def _attending(self) -> list[tuple[Attending, Attendance]]:
        everybody = [s for sockets in self._of_person.values() for s in sockets]
        return [(socket, a) for socket in everybody if (a := socket.attendance)]


async def gone(attendance: Attendance) -> None:
    """A client went away: silence counts from now, unless the person was offline already."""
    await domain(seen_many, [attendance.user_id])


hall = Hall()
