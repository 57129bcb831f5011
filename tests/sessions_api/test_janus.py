"""What pages say to the media server and what ends it, with a real Janus and no browser."""

import asyncio
import os
import signal
import threading
import time

import pytest

from sessions_api import services
from sessions_api.media.janus import Seat, room
from sessions_api.media.janus.client import Connection, data_of
from tests.conftest import TESTER
from tests.servers import OwnJanus
from tests.sessions_api.pages import OFFER
from tests.sessions_api.people import admitted, come, guest_of, host_of, inside, running_session
from tests.threads import on_a_loop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.janus]
SENDING = {"type": "offer", "sdp": "v=0\r\nm=audio 9 UDP 0\r\na=sendonly\r\n"}
HELLO = {"op": "signal", "to": "server", "page": "p1", "hello": "new"}


@pytest.fixture(scope="module")
def janus(tmp_path_factory):
    with OwnJanus(tmp_path_factory.mktemp("janus")) as janus:
        yield janus


@pytest.fixture(autouse=True)
def relayed(settings, janus):
    settings.MEDIA_BACKEND = "janus"
    for name, value in janus.environment.items():
        setattr(settings, name.removeprefix("RTC_"), value)


@pytest.fixture
def session(db):
    return running_session(route="relay")


@pytest.fixture
def host(session, page):
    host = page(host_of(session))
    assert host.enter()["media"]["backend"] == "janus"
    return host


def seated(page, tag="p1"):
    page.send(HELLO | {"page": tag})
    assert page.next("signal") == {
        "op": "signal",
        "from": "server",
        "to_page": tag,
        "hello": "back",
    }
    return page


def in_room(session):
    """The peer ids that Janus holds in the room of a session; None: there is no room."""

    async def ask():
        async with Connection() as connection:
            body = {"request": "listparticipants", "room": str(session.public_id)}
            handle = await connection.attach()
            return data_of(await connection.message(handle, body, unless=room.GONE))

    found = on_a_loop(ask()).get("participants")
    return found if found is None else {person["id"] for person in found}


def becomes(read, expected, seconds=3):
    deadline = time.monotonic() + seconds
    while (found := read()) != expected:
        assert time.monotonic() < deadline, found
        time.sleep(0.02)


class TestLine:
    def test_a_page_has_one_place_which_goes_with_its_socket(self, session, host):
        assert in_room(session) is None
        seated(host)
        assert in_room(session) == {host.peer_id}
        seated(host, "p2")
        assert in_room(session) == {host.peer_id}
        host.close()
        becomes(lambda: in_room(session), set())

    def test_a_second_page_takes_over_the_place(self, session, host, page):
        seated(host)
        second = page(host.person)
        second.enter()
        seated(second)
        assert host.close_code() == 4009
        assert in_room(session) == {host.peer_id}
        second.ask("leave")
        becomes(lambda: in_room(session), None)

    def test_nobody_speaks_to_it_who_waits_or_is_in_another_sort_of_call(self, session, host, page):
        guest = page(guest_of(session))
        assert guest.come() == "waiting"
        guest.send(HELLO)
        assert guest.next("error")["code"] == "not_inside"
        meshed = page(host_of(running_session(route="peers")))
        meshed.enter()
        meshed.send(HELLO)
        assert meshed.next("error")["code"] == "not_relayed"
        assert in_room(session) is None

    def test_who_only_receives_may_not_offer_to_send(self, session, page, host):
        watcher = page(host_of(session, can_publish=False))
        watcher.enter()
        seated(watcher)
        watcher.send(HELLO | {"hello": None, "side": "up", "description": SENDING})
        assert watcher.next("error")["code"] == "bad_field"
        frame = {"op": "signal", "to": "server", "page": "p1", "side": "up"}
        watcher.send(frame | {"description": SENDING})
        assert watcher.next("error")["code"] == "may_not_publish"

    @pytest.mark.parametrize(
        "told",
        [
            {"description": OFFER},
            {"side": "down", "description": OFFER},
            {"side": "up", "description": OFFER | {"type": "answer"}},
            {"side": ["up"], "description": OFFER},
            {"side": "up", "page": 5, "description": OFFER},
            {"side": "up"},
            {"hello": "new", "page": ""},
        ],
    )
    def test_odd_frames_are_refused_and_break_nothing(self, host, told):
        seated(host)
        host.send({"op": "signal", "to": "server", "page": "p1", **told})
        assert host.next("error")["code"] == "bad_field"
        assert host.ask("ping")["op"] == "pong"

    def test_a_description_that_janus_refuses_costs_the_page_its_place_alone(self, session, host):
        seated(host)
        frame = {"op": "signal", "to": "server", "page": "p1", "side": "up"}
        host.send(frame | {"description": {"type": "offer", "sdp": "nonsense"}})
        assert host.next("signal")["gone"] is True
        host.send(frame | {"description": SENDING})  # to the place that is gone
        seated(host, "p2")

    def test_a_server_that_is_away_is_told_and_keeps_nobody_inside(self, session, page, settings):
        settings.JANUS_URL = "ws://127.0.0.1:9"
        host, guest = page(host_of(session)), page(guest_of(session))
        host.enter()
        guest.come()
        host.ask("admit", peer=guest.peer_id)
        guest.next("inside")
        guest.send(HELLO)
        assert guest.next("signal")["gone"] is True
        host.ask("eject", peer=guest.peer_id)
        assert guest.next("closed")["reason"] == "ejected"


class TestEnding:
    """Every way out ends in Janus as well, also where the socket's process hears nothing."""

    @pytest.fixture
    def seat(self, session):
        """Takes a seat without any socket; yields an event that says whether it was lost."""
        stop, lost = threading.Event(), threading.Event()

        async def others_inside():
            return set()

        async def sit(person, taken):
            async with Seat(
                session.public_id, person.peer_id,
                others_inside=others_inside, offer=print, lost=lost.set,
            ):  # fmt: skip
                taken.set()
                await asyncio.to_thread(stop.wait)

        threads = []

        def take(person):
            taken = threading.Event()
            thread = threading.Thread(target=lambda: asyncio.run(sit(person, taken)))
            thread.start()
            threads.append(thread)
            assert taken.wait(5)
            return lost

        yield take
        stop.set()
        for thread in threads:
            thread.join()

    def test_a_person_put_out_is_kicked(self, session, seat):
        inside(session)
        guest = admitted(session)
        lost = seat(guest)
        services.eject(guest, actor=TESTER)
        assert lost.wait(1)
        becomes(lambda: in_room(session), set())

    def test_a_server_that_hangs_holds_no_decision_up(self, session, seat, janus, caplog):
        inside(session)
        guest = admitted(session)
        seat(guest)
        os.kill(janus.pid, signal.SIGSTOP)
        began = time.monotonic()
        services.eject(guest, actor=TESTER)
        waited = time.monotonic() - began
        try:
            becomes(lambda: "Media server: no answer" in caplog.text, True)
        finally:
            os.kill(janus.pid, signal.SIGCONT)
        assert waited < 1

    def test_a_canceled_invitation_kicks(self, session, seat):
        inside(session)
        guest = admitted(session)
        lost = seat(guest)
        services.cancel_participant(guest, actor=TESTER)
        assert lost.wait(1)

    def test_the_end_destroys_the_room(self, session, seat):
        lost = seat(inside(session))
        services.end_session(session, actor=TESTER)
        assert lost.wait(1)
        assert in_room(session) is None

    def test_the_last_to_leave_takes_the_room_along(self, session, seat):
        host = inside(session)
        seat(host)
        services.leave(host, connection_id=f"first {host.pk}")
        becomes(lambda: in_room(session), None)
        assert come(host, "again") == "inside"
