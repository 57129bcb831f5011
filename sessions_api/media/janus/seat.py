"""One person's place in a room: a handle that sends, and one that receives everybody else."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, Self
from uuid import UUID

from sessions_api.media.base import MediaUnreachable
from sessions_api.media.janus import room
from sessions_api.media.janus.client import Connection, Message, Refused, data_of

KINDS = {"0": "audio", "1": "video", "2": "screen"}  # by the order of a page's channels
TRIES = 4

Offer = Callable[[Message, list[dict[str, Any]]], None]


class Seat:
    """`async with` takes it and gives it up; the room is made by whoever comes first.

    What a page sends and receives are two connections, called `up` and `down`. Methods raise
    MediaUnreachable.

    Args:
        others_inside: The peer ids of everybody else who is inside by the rows: nobody else's
            media is passed on, whatever Janus holds.
        offer: Called with each description of what is to be received, and its streams: `mid`,
            `from` (a peer id), `kind` (audio, video, screen).
        lost: Called once when the place is gone by itself.
    """

    def __init__(
        self,
        session_id: UUID,
        peer_id: UUID,
        *,
        others_inside: Callable[[], Awaitable[set[UUID]]],
        offer: Offer,
        lost: Callable[[], None],
    ) -> None:
        self._session_id, self._peer_id = session_id, peer_id
        self._others_inside, self._offer, self._lost = others_inside, offer, lost
        self._connection = Connection(self._heard, lost)
        self._feeds: asyncio.Queue[str] = asyncio.Queue()
        self._handles: dict[str, int] = {}
        self._private_id = 0
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._connection)
        try:
            self._handles["up"] = await self._connection.attach()
            joined = data_of(await self._join())
        except BaseException:
            await self._stack.aclose()
            raise
        self._private_id = joined["private_id"]
        self._note(joined.get("publishers", []))
        following = asyncio.get_running_loop().create_task(self._follow())
        self._stack.callback(following.cancel)
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._stack.aclose()

    async def publish(self, offer: Message) -> Message:
        """Send what an offer describes; returns the answer."""
        told = await self._connection.message(self._handles["up"], {"request": "configure"}, offer)
        return _description(told)

    async def answered(self, answer: Message) -> None:
        """The page accepted what it was last offered."""
        if handle := self._handles.get("down"):
            await self._connection.message(handle, {"request": "start"}, answer)

    async def trickle(self, side: str, candidate: Message) -> None:
        """A way to the page; one without text says that these were all."""
        if handle := self._handles.get(side):
            is_last = not candidate["candidate"]
            await self._connection.trickle(handle, {"completed": True} if is_last else candidate)

    async def _join(self) -> Message:
        body = room.join(self._session_id, self._peer_id)
        for _try in range(TRIES):
            try:
                return await self._connection.message(self._handles["up"], body)
            except Refused as refusal:
                await self._make_way(refusal)
        raise MediaUnreachable("no place in the room")

    async def _make_way(self, refusal: Refused) -> None:
        """Make the room, or have the person's former connection out of it."""
        if refusal.code == room.NO_ROOM:
            body, unless = room.create(self._session_id), room.MADE
        elif refusal.code == room.HAS_PERSON:
            body, unless = room.kick(self._session_id, self._peer_id), room.GONE
        else:
            raise refusal
        await self._connection.message(self._handles["up"], body, unless=unless)

    def _heard(self, message: Message) -> None:
        data = data_of(message)
        is_kicked, is_destroyed = data.get("leaving") == "ok", data.get("videoroom") == "destroyed"
        if is_kicked or is_destroyed or message["janus"] in ("hangup", "detached"):
            self._lost()
        elif "jsep" in message:
            self._tell(message)
        else:
            self._note(data.get("publishers", []))

    def _note(self, publishers: list[Message]) -> None:
        for publisher in publishers:
            self._feeds.put_nowait(publisher["id"])

    async def _follow(self) -> None:
        """Receive everybody who begins to send; those who end do so by Janus' own offers."""
        try:
            while True:
                feeds = {await self._feeds.get()}
                while not self._feeds.empty():
                    feeds.add(self._feeds.get_nowait())
                allowed = {str(peer_id) for peer_id in await self._others_inside()}
                if wanted := sorted(feeds & allowed):
                    await self._watch(wanted)
        except MediaUnreachable:
            self._lost()

    async def _watch(self, feeds: list[str]) -> None:
        if handle := self._handles.get("down"):
            body = {"request": "subscribe", **room.streams_of(feeds)}
        else:
            handle = self._handles["down"] = await self._connection.attach()
            body = room.watch(self._session_id, self._private_id, feeds)
        try:
            told = await self._connection.message(handle, body)
        except Refused as refusal:
            if refusal.code != room.NO_FEED:  # they left meanwhile
                raise
            return
        if "jsep" in told:  # otherwise it follows, once the page answered the last one
            self._tell(told)

    def _tell(self, message: Message) -> None:
        streams = [
            {"mid": stream["mid"], "from": stream["feed_id"], "kind": KINDS[stream["feed_mid"]]}
            for stream in data_of(message).get("streams", [])
            if stream.get("active") and stream.get("feed_mid") in KINDS
        ]
        self._offer(_description(message), streams)


def _description(message: Message) -> Message:
    jsep = message.get("jsep", {})
    if "sdp" not in jsep:
        raise MediaUnreachable("no description")
    return {"type": jsep["type"], "sdp": jsep["sdp"]}
