"""The peer of `bench.chat`: rooms as Channels' own tutorial has them; see bench/chat_asgi.py."""

import os
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rtcserver.settings")
django.setup()

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402

from bench.frames import FIRST, frame  # noqa: E402

_published: dict[str, int] = {}


class Room(AsyncWebsocketConsumer):
    """A member of a group; the layer brings each message to each of them."""

    async def connect(self):
        self.group = "bench." + self.scope["path"].rpartition("/")[2]
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def said(self, message):
        await self.send(text_data=message["text"])


class Control(AsyncWebsocketConsumer):
    async def receive(self, text_data=None, bytes_data=None):
        if text_data == "cpu":
            await self.send(text_data=str(time.process_time()))
            return
        rooms, messages = map(int, text_data.split())
        for _message in range(messages):
            for room in range(rooms):
                name = str(room)
                seq = _published[name] = _published.get(name, FIRST) + 1
                said = {"type": "said", "text": frame(name, seq)}
                await self.channel_layer.group_send(f"bench.{name}", said)
