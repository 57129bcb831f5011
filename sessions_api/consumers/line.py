"""The line of one page to the media server (docs/calls.md): its place there, and what is said."""

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import Error

from rtcserver.sockets import domain, frames
from rtcserver.sockets.frames import BadFrame, Frame
from sessions_api import services
from sessions_api.errors import NotInside
from sessions_api.media import MediaUnreachable, Seat

if TYPE_CHECKING:
    from sessions_api.consumers.call import CallSocket

BACKLOG = 200  # frames that wait for the media server

logger = logging.getLogger(__name__)


class Line:
    """Carries what a page says to its `Seat`, in order, and what that offers to the page.

    A page says `hello` to have a new seat; its former one is given up. When the seat is lost the
    page is told `gone`, and says hello again. The consumer has checked whoever speaks here.
    """

    def __init__(self, socket: "CallSocket") -> None:
        self._socket = socket
        self._page = ""
        self._is_sending = False
        self._said: asyncio.Queue[Frame] = asyncio.Queue(BACKLOG)
        self._talking: asyncio.Task[None] | None = None

    def say(self, told: Frame) -> None:
        """Hand over a checked signal; what a former page said goes nowhere."""
        if "hello" in told:
            self.close()
            self._page, self._said = told["page"], asyncio.Queue(BACKLOG)
            talk = self._talk(told["page"], self._said)
            self._talking = asyncio.get_running_loop().create_task(talk)
        elif told["page"] == self._page:
            try:
                self._said.put_nowait(told)
            except asyncio.QueueFull:
                raise BadFrame("too_fast", "The media server is too slow for this.") from None

    def allow(self, *, can_publish: bool) -> None:
        """Whoever may send no more loses a seat that sends."""
        if self._is_sending and not can_publish:
            page = self._page
            self.close()
            self._tell(page, gone=True)

    def close(self) -> None:
        """Give up the seat; safe at any time."""
        if self._talking:
            self._talking.cancel()
        self._talking, self._page, self._is_sending = None, "", False

    async def _talk(self, page: str, said: asyncio.Queue[Frame]) -> None:
        this = asyncio.current_task()
        try:
            async with self._seat(page, said) as seat:
                self._tell(page, hello="back")
                while "gone" not in (told := await said.get()):
                    await self._pass_on(page, seat, told)
        except (MediaUnreachable, NotInside) as fault:
            logger.warning("Media server: %s", fault)
        if self._talking is this:
            self._page, self._is_sending = "", False
            self._tell(page, gone=True)

    def _seat(self, page: str, said: asyncio.Queue[Frame]) -> Seat:
        person = self._socket.person
        if person is None:
            raise NotInside("You are not in the call.")

        async def others_inside() -> set[UUID]:
            try:
                return await domain(services.others_inside, person)
            except Error as fault:
                raise MediaUnreachable(type(fault).__name__) from None

        return Seat(
            person.session.public_id,
            person.peer_id,
            others_inside=others_inside,
            offer=partial(self._offer, page),
            lost=partial(_lose, said),
        )

    async def _pass_on(self, page: str, seat: Seat, told: Frame) -> None:
        if "candidate" in told:
            await seat.trickle(told["side"], told["candidate"])
        elif told["side"] == "up":
            self._is_sending = True
            answer = await seat.publish(told["description"])
            self._tell(page, side="up", description=answer)
        else:
            await seat.answered(told["description"])

    def _offer(self, page: str, description: Frame, streams: list[dict[str, Any]]) -> None:
        self._tell(page, side="down", description=description, streams=streams)

    def _tell(self, page: str, **fields: Any) -> None:
        told = {"from": "server", "to_page": page, **fields}
        self._socket.write(frames.encode("signal", **told))


def _lose(said: asyncio.Queue[Frame]) -> None:
    """Have the talk end before anything else that waits."""
    while not said.empty():
        said.get_nowait()
    said.put_nowait({"gone": True})
