"""People who come to calls, and an ear at the topics that tell of it."""

import asyncio
import json
import threading

from rtcserver.bus import bus
from sessions_api.models import CallEntry, Participant
from sessions_api.services import admit, arrive
from tests.conftest import TESTER
from tests.factories import ParticipantFactory, SessionFactory

HOST, GUEST = Participant.Role.HOST, Participant.Role.GUEST


def running_session(**fields):
    return SessionFactory(started=True, **fields)


def host_of(session, **fields):
    return ParticipantFactory(session=session, role=HOST, **fields)


def guest_of(session, **fields):
    return ParticipantFactory(session=session, role=GUEST, **fields)


def come(person, connection="first"):
    """Arrive; returns the state the person is in then."""
    return arrive(person, connection_id=f"{connection} {person.pk}").entry.state


def connection_of(person, name="first"):
    return f"{name} {person.pk}"


def inside(session):
    """Somebody inside who may let others in."""
    person = host_of(session)
    assert come(person) == "inside"
    return person


def admitted(session):
    person = guest_of(session)
    come(person)
    admit(person, actor=TESTER)
    return person


def stays(person):
    return list(CallEntry.across_teams.filter(participant=person).order_by("id"))


def state_of(person):
    return stays(person)[-1].state


class Ears:
    """Listens to topics on a loop of its own, as the serving process does."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, dict]] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        bus.use_loop(self._loop)
        self._topics: list[str] = []

    def heard(self, announcement) -> None:
        json.dumps(announcement.message)
        self.messages.append((announcement.topic, announcement.message))

    def listen(self, *topics: str) -> None:
        for topic in topics:
            self._topics.append(topic)
            self._loop.call_soon_threadsafe(bus.subscribe, topic, self)
        self.settle()

    def of(self, topic: str) -> list[dict]:
        self.settle()
        return [message for told, message in self.messages if told == topic]

    def settle(self) -> None:
        async def nothing() -> None:
            await asyncio.sleep(0)

        asyncio.run_coroutine_threadsafe(nothing(), self._loop).result(10)

    def close(self) -> None:
        for topic in self._topics:
            self._loop.call_soon_threadsafe(bus.unsubscribe, topic, self)
        self.settle()
        bus.use_loop(None)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
