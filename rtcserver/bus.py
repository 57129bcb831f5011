"""Topics: who hears what in this process, and how other processes come to hear it.

An announcement repeats what is stored and may be lost: listeners that must miss nothing keep a
position in the stored order and read what is missing (chat/streams.py). In one process nothing
but function calls is between a commit and the sockets. Between processes everything announced in
one turn of the loop travels in one message of the channel layer (docs/decisions/0007-bus.md).
"""

import asyncio
import logging
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from channels.layers import get_channel_layer
from django.conf import settings

GROUP = "bus"
BATCH = 500  # announcements in one message between processes
BACKLOG = 20_000  # kept while the channel layer is away; listeners read what was dropped
RETRY_SECONDS = 0.5

logger = logging.getLogger(__name__)

Message = dict[str, Any]


class Announcement:
    """One message to one topic; what listeners make of it is made once per process."""

    __slots__ = ("_rendered", "message", "topic")

    def __init__(self, topic: str, message: Message) -> None:
        self.topic = topic
        self.message = message
        self._rendered: dict[Callable[[Message], str], str] = {}

    def rendered(self, render: Callable[[Message], str]) -> str:
        """`render(message)`, computed for the first listener that asks."""
        text = self._rendered.get(render)
        if text is None:
            text = self._rendered[render] = render(self.message)
        return text


class Listener(Protocol):
    def heard(self, announcement: Announcement) -> None:
        """Called on the serving loop; returns at once and never raises."""


class Bus:
    """The topics of one process. All but `announce` is called on the serving loop."""

    def __init__(self) -> None:
        self.process = secrets.token_hex(6)
        self._listeners: dict[str, dict[Listener, None]] = {}
        self._outgoing: list[tuple[str, Message]] = []
        self._sender: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()

    def use_loop(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """Announce on the serving loop (None: on a loop of our own, as commands do)."""
        self._loop, self._sender = loop, None

    def subscribe(self, topic: str, listener: Listener) -> None:
        self._listeners.setdefault(topic, {})[listener] = None

    def unsubscribe(self, topic: str, listener: Listener) -> None:
        listeners = self._listeners.get(topic, {})
        listeners.pop(listener, None)
        if not listeners:
            self._listeners.pop(topic, None)

    def announce(self, topic: str, message: Message) -> None:
        """Tell every listener of `topic`, here and in other processes; from any thread."""
        with suppress(RuntimeError):  # the loop ended: so did its sockets
            self._announcing_loop().call_soon_threadsafe(self._announce, topic, message)

    async def listen(self) -> None:
        """Hear what other processes announce, until cancelled. Does nothing without Redis."""
        while settings.REDIS_URL:
            try:
                await self._listen()
            except Exception as fault:  # noqa: BLE001 (any transport fault: the layer is asked again)
                logger.warning("Channel layer unreachable: %s", type(fault).__name__)
                await asyncio.sleep(RETRY_SECONDS)

    def deliver(self, topic: str, message: Message) -> None:
        """Tell the listeners of this process."""
        if listeners := self._listeners.get(topic):
            announcement = Announcement(topic, message)
            for listener in list(listeners):
                listener.heard(announcement)

    def _announce(self, topic: str, message: Message) -> None:
        self.deliver(topic, message)
        if settings.REDIS_URL and len(self._outgoing) < BACKLOG:
            self._outgoing.append((topic, message))
            if self._sender is None or self._sender.done():
                self._sender = asyncio.get_running_loop().create_task(self._send())

    async def _send(self) -> None:
        while self._outgoing:
            batch, self._outgoing = self._outgoing[:BATCH], self._outgoing[BATCH:]
            try:
                await get_channel_layer().group_send(
                    GROUP, {"type": "bus", "process": self.process, "batch": batch}
                )
            except Exception:  # noqa: BLE001 (any transport fault: the rows are safe, readers catch up)
                logger.warning("Channel layer unreachable; %d not announced", len(batch))

    async def _listen(self) -> None:
        layer = get_channel_layer()
        channel = await layer.new_channel()
        await layer.group_add(GROUP, channel)
        while True:
            packet = await layer.receive(channel)
            if packet["process"] != self.process:
                for topic, message in packet["batch"]:
                    self.deliver(topic, message)

    def _announcing_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None or self._loop.is_closed():
                self._loop, self._sender = asyncio.new_event_loop(), None
                threading.Thread(target=self._loop.run_forever, name="bus", daemon=True).start()
            return self._loop


bus = Bus()
