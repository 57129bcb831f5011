"""Who is connected to this process, and whether they may still hear what they hear."""

import asyncio
import logging
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.db import Error

from chat.consumers.losing import NOBODY, is_of_pair, losers
from chat.models import Conversation
from chat.services import Speaker, rights_of
from rtcserver.bus import Announcement, bus
from rtcserver.events import PEOPLE_TOPIC
from rtcserver.sockets import Beat, domain
from sessions_api.services import call_topic

if TYPE_CHECKING:
    from chat.consumers.native import ChatSocket

RECHECK_SECONDS = 0.2  # events of one moment are looked at together
BEAT_SECONDS = 30.0
TURNS = 10  # beats until every credential was asked for
CHUNK = 200  # conversations at a time
RETRY_SECONDS = 2.0
logger = logging.getLogger(__name__)

Watched = dict["ChatSocket", Conversation]


class Here:
    """The chat sockets of one process, by person and by conversation."""

    def __init__(self) -> None:
        self._of_person: dict[int, dict[ChatSocket, None]] = {}
        self._all: dict[ChatSocket, None] = {}
        self._watched: dict[int, Watched] = {}
        self._of_room: dict[str, int] = {}
        self._due: set[int] = set()
        self._stopped: dict[int, set[ChatSocket]] = {}  # by conversation, since its last check
        self._checking: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, socket: "ChatSocket") -> None:
        self._all[socket] = None
        if socket.principal and (user_id := socket.principal.user_id):
            if not self._of_person:
                bus.subscribe(PEOPLE_TOPIC, self)
            self._of_person.setdefault(user_id, {})[socket] = None

    def remove(self, socket: "ChatSocket") -> None:
        self._all.pop(socket, None)
        if socket.principal and (user_id := socket.principal.user_id):
            sockets = self._of_person.get(user_id, {})
            sockets.pop(socket, None)
            if not sockets:
                self._of_person.pop(user_id, None)
            if not self._of_person:
                bus.unsubscribe(PEOPLE_TOPIC, self)

    @property
    def people(self) -> list[int]:
        """Ids of the people who are connected."""
        return list(self._of_person)

    def watch(self, conversation: Conversation, socket: "ChatSocket") -> None:
        if topic := _topic_of_place(conversation):
            self._of_room[topic] = conversation.pk
            bus.subscribe(topic, self)
        self._watched.setdefault(conversation.pk, {})[socket] = conversation

    def unwatch(self, conversation: Conversation, socket: "ChatSocket") -> None:
        sockets = self._watched.get(conversation.pk, {})
        sockets.pop(socket, None)
        if not sockets:
            self._watched.pop(conversation.pk, None)
            if topic := _topic_of_place(conversation):
                self._of_room.pop(topic, None)
                bus.unsubscribe(topic, self)

    def heard(self, announcement: Announcement) -> None:
        """Something concerns a room, or people: notified, changed, or signed out."""
        message = announcement.message
        if announcement.topic != PEOPLE_TOPIC:
            self._heard_of_place(self._of_room[announcement.topic], message)
            return
        for user_id in message["user_ids"]:
            for socket in list(self._of_person.get(user_id, ())):
                if message["type"] == "people.notified":
                    socket.notify()
                elif message["type"] == "people.signed_out":
                    self._spawn(socket.verify())
                else:
                    self._heard_of_friends(socket, message["user_ids"])

    def _heard_of_place(self, conversation_id: int, message: dict[str, Any]) -> None:
        watched = self._watched[conversation_id]
        keys = losers(message, next(iter(watched.values())))
        if keys == NOBODY:
            return
        for socket, conversation in watched.items():
            if keys is None or (socket.principal and socket.principal.speaker.key in keys):
                self._stop(socket, conversation)
        self.recheck([conversation_id])

    def _heard_of_friends(self, socket: "ChatSocket", user_ids: list[int]) -> None:
        mine = [conversation for conversation, _stream in socket.subscriptions.values()]
        for conversation in mine:
            if is_of_pair(conversation, user_ids):
                self._stop(socket, conversation)
        self.recheck(conversation.pk for conversation in mine)

    def _stop(self, socket: "ChatSocket", conversation: Conversation) -> None:
        """Nothing more until the next check, which says whether it goes on."""
        socket.stop(conversation)
        self._stopped.setdefault(conversation.pk, set()).add(socket)

    def recheck(self, conversation_ids: Iterable[int]) -> None:
        """Soon ask again whether everybody may still read these conversations."""
        self._due.update(conversation_ids)
        if self._due and (self._checking is None or self._checking.done()):
            self._checking = asyncio.get_running_loop().create_task(self._check_due())

    async def recheck_all(self) -> None:
        """Whatever was not announced, or not heard: sessions that ended, credentials withdrawn.

        Credentials are asked for in turn, so that each socket has its turn every few minutes.
        """
        self.recheck(self._watched)
        for socket in list(self._all)[: -(-len(self._all) // TURNS)]:
            if socket not in self._all:  # closed while another was asked
                continue
            self._all[socket] = self._all.pop(socket)  # behind the others
            await socket.verify()

    async def _check_due(self) -> None:
        await asyncio.sleep(RECHECK_SECONDS)
        while self._due:
            due = set(islice(self._due, CHUNK))
            self._due -= due
            stopped = {pk: self._stopped.pop(pk) for pk in due if pk in self._stopped}
            watched = [
                (conversation, socket, socket.principal.speaker)
                for pk in due
                for socket, conversation in self._watched.get(pk, {}).items()
                if socket.principal
            ]
            try:
                lost = await domain(_lost, [(c, speaker) for c, _socket, speaker in watched])
            except Error:
                logger.warning("Rights of readers are asked again: the database is away")
                self._due |= due
                for pk, sockets in stopped.items():
                    self._stopped.setdefault(pk, set()).update(sockets)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            for conversation, socket, speaker in watched:
                if (conversation.pk, speaker.key) in lost:
                    socket.lost(conversation)
                elif socket not in self._stopped.get(conversation.pk, ()):  # since it was asked
                    socket.go_on(conversation)

    def _spawn(self, coroutine) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _topic_of_place(conversation: Conversation) -> str | None:
    """Where it is told that people leave the room or the call; friends have neither."""
    if conversation.room:
        return conversation.room.topic
    return call_topic(conversation.session) if conversation.session else None


def _lost(pairs: list[tuple[Conversation, Speaker]]) -> set[tuple[int, str]]:
    rights = rights_of(pairs)
    return {(c.pk, s.key) for c, s in pairs if not rights.may_read(c, s)}


here = Here()
beat = Beat("rights of readers", BEAT_SECONDS, here.recheck_all)
