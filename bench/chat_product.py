"""The product with the sockets that `bench.chat` needs; see bench/chat_asgi.py."""

import os
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rtcserver.settings")
django.setup()

from bench.frames import FIRST, entry  # noqa: E402
from chat.consumers import ChatSocket  # noqa: E402
from chat.frames import entries_frames  # noqa: E402
from chat.models import Conversation  # noqa: E402
from chat.streams import Stream  # noqa: E402
from rtcserver.asgi import application  # noqa: E402
from rtcserver.bus import bus  # noqa: E402
from rtcserver.sockets import Socket  # noqa: E402

__all__ = ["Control", "Listening", "application"]

ChatSocket.frames_per_second = ChatSocket.burst = 1e9
_streams: dict[str, Stream] = {}
_published: dict[str, int] = {}


def stream_of(name: str) -> Stream:
    """A stream that has read its conversation up to FIRST."""
    if name not in _streams:
        stream = _streams[name] = Stream(Conversation(pk=int(name) + 1, public_id=name))
        stream.position, stream.loaded = FIRST, True
        bus.subscribe(stream.topic, stream)
    return _streams[name]


class Listening(Socket):
    """A reader of one stream."""

    known = True

    async def opened(self) -> None:
        name = self.scope["path"].rpartition("/")[2]
        stream = stream_of(name)
        await stream.attach(self, entries_frames, since=stream.position, wanted=lambda: True)

    async def received(self, text: str) -> None:
        pass


class Control(Socket):
    known = True
    frames_per_second = burst = 1e9

    async def received(self, text: str) -> None:
        if text == "cpu":
            self.write(str(time.process_time()))
            return
        rooms, messages = text.split()
        for _message in range(int(messages)):
            for room in range(int(rooms)):
                name = str(room)
                seq = _published[name] = _published.get(name, FIRST) + 1
                message = {"type": "chat.entries", "entries": [entry(seq)]}
                bus.announce(stream_of(name).topic, message)
