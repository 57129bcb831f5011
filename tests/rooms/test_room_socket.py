"""`/ws/rooms/<room id>/`: what clients in a live room are promised."""

import asyncio
import json
import time
from base64 import urlsafe_b64encode
from contextlib import suppress
from datetime import timedelta
from urllib.parse import quote, urlencode

import pytest
from django.utils import timezone
from websockets.exceptions import ConnectionClosed, InvalidStatus

from accounts import usersig
from accounts.models import Login, User
from accounts.services import block_user
from rooms.hall import hall
from rooms.models import LiveRoom, Membership, Presence, Room
from rooms.services import management
from rooms.services.signs import signs
from rtcserver.bus import bus
from rtcserver.sockets import Socket
from rtcserver.sockets.opening import open_from
from tests.conftest import TESTER
from tests.rooms.people import Person
from tests.sockets import Talker, serving

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def port():
    with serving() as at:
        yield at


@pytest.fixture
def connect(port):
    opened = []

    def to(room_id="r", query=None, **options):
        asked = f"?{urlencode(query)}" if query else ""
        talker = Talker(port, f"/ws/rooms/{quote(room_id)}/{asked}", **options)
        opened.append(talker)
        return talker

    yield to
    for talker in opened:
        talker.close()


@pytest.fixture
def host(transactional_db):
    person = Person("Anna")
    person.enter("r", title="Songs")
    return person


@pytest.fixture
def guest(host):
    person = Person("Bo")
    person.enter("r")
    return person


def by_token(person):
    return {"userId": person.id, "token": person.token}


def by_sig(person, **options):
    return {"userId": person.id, "userSig": usersig.mint(person.id, now=time.time(), **options)}


def listening(connect, person, credential=by_token, room_id="r"):
    talker = connect(room_id, credential(person))
    welcome = talker.receive()
    assert (welcome["type"], welcome["userId"]) == ("welcome", person.id)
    talker.send({"type": "ping"})  # answered when the socket has caught up with the room
    assert talker.receive() == {"type": "pong"}
    return talker


class TestOpening:
    @pytest.mark.parametrize("credential", [by_token, by_sig])
    def test_the_query_may_say_who_it_is(self, connect, host, credential):
        assert connect("r", credential(host)).receive() == {
            "type": "welcome",
            "roomId": "r",
            "userId": host.id,
            "status": "visible",
        }

    @pytest.mark.parametrize("credential", [by_token, by_sig])
    def test_so_may_the_first_frame(self, connect, host, credential):
        talker = connect("r")
        talker.send({"type": "auth", **credential(host)})
        assert talker.receive()["type"] == "welcome"

    def test_so_may_a_second_subprotocol(self, connect, host):
        packed = urlsafe_b64encode(json.dumps(by_sig(host)).encode()).decode().rstrip("=")
        talker = connect("r", subprotocols=["rtc.room", f"auth.{packed}"])
        assert talker.receive()["type"] == "welcome"
        assert talker.socket.subprotocol == "rtc.room"

    @pytest.mark.parametrize(
        "credential",
        [
            lambda p: {"userId": p.id, "token": "0" * 64},
            lambda p: {"userId": "999999", "token": p.token},
            lambda p: {"userId": p.id, "userSig": "x"},
            lambda p: {"userId": p.id, "userSig": "A" * 7000},
            lambda p: {"userId": "\x00", "userSig": "x"},
            lambda p: {"userId": p.id, "userSig": usersig.mint(p.id, now=time.time() - 200_000)},
            lambda p: {"userId": p.id, "userSig": usersig.mint(p.id, now=time.time() + 900)},
            lambda p: {"userId": p.id, "userSig": usersig.mint("1", now=time.time())},
            lambda p: {"token": p.token},
        ],
    )
    def test_a_credential_that_does_not_count_ends_it(self, connect, host, credential):
        assert connect("r", credential(host)).close_code() == 4401

    def test_a_usersig_of_another_key_ends_it(self, connect, host, settings):
        settings.LIVEROOM_SDK_KEY, ours = "another", settings.LIVEROOM_SDK_KEY
        forged = by_sig(host)
        settings.LIVEROOM_SDK_KEY = ours
        assert connect("r", forged).close_code() == 4401

    def test_a_blocked_person_is_refused(self, connect, host):
        credential = by_sig(host)
        User.objects.filter(pk=host.user.pk).update(is_active=False)
        assert connect("r", credential).close_code() == 4401

    @pytest.mark.parametrize(
        "frame", ["{", "[]", "1", "[" * 40_000, '{"type":"ping"}', '{"type":"auth"}',
                  '{"type":"auth","userId":["x"],"token":{}}',
                  '{"type":"auth","userId":"\\ud800","token":"x"}', b"\x00"]
    )  # fmt: skip
    def test_a_first_frame_that_says_nothing_ends_it(self, connect, host, frame):
        talker = connect("r")
        talker.send(frame)
        assert talker.close_code() == 4401

    def test_only_who_entered_may_listen(self, connect, host):
        other = Person("Cem")
        assert connect("r", by_token(other)).close_code() == 4403
        other.enter("r")
        listening(connect, other)
        other.ok("leave_room", roomId="r")
        assert connect("r", by_token(other)).close_code() == 4403

    @pytest.mark.parametrize("room_id", ["nowhere", "a/b", "\x00", "r" * 500, "%", "..", "間"])
    def test_a_room_that_is_not_there_ends_it(self, connect, host, room_id):
        assert connect(room_id, by_token(host)).close_code() == 4404

    def test_a_page_of_a_foreign_origin_is_refused(self, connect, host):
        with pytest.raises(InvalidStatus) as refused:
            connect("r", by_token(host), origin="https://evil.example")
        assert refused.value.response.status_code == 403


class TestHearing:
    def test_who_comes_and_goes(self, connect, host):
        talker = listening(connect, host)
        guest = Person("Bo")
        guest.enter("r", role="singer")
        came = {"userId": guest.id, "name": "Bo", "avatar": "https://p/Bo", "role": "singer"}
        assert talker.receive() == {"type": "user_enter", **came}
        guest.ok("update_room", roomId="r", role="dancer")
        assert talker.receive() == {"type": "user_update", **came, "role": "dancer"}
        guest.ok("leave_room", roomId="r")
        frame = talker.receive()
        assert (frame["type"], frame["userId"]) == ("user_leave", guest.id)

    def test_what_the_host_changes(self, connect, host, guest):
        talker = listening(connect, guest)
        host.ok("update_room", roomId="r", title="Dances", subject="Swing")
        assert talker.receive() == {
            "type": "room_update",
            "roomId": "r",
            "title": "Dances",
            "category": "",
            "cover": "",
            "subject": "Swing",
            "description": "",
        }

    def test_the_host_signing_out_hides_the_room_and_coming_back_shows_it(
        self, connect, host, guest
    ):
        talker = listening(connect, guest)
        host.sign_out()
        assert talker.receive()["type"] == "room_hidden"
        host.sign_in()
        host.alive()
        assert talker.receive()["type"] == "room_shown"

    def test_nothing_of_other_rooms(self, connect, host, guest):
        talker = listening(connect, guest)
        Person("Cem").enter("another")
        host.ok("update_room", roomId="r", title="Dances")
        assert talker.receive()["type"] == "room_update"

    def test_a_ping_is_answered_and_nothing_else_is_taken(self, connect, host):
        talker = listening(connect, host)
        talker.send({"type": "ping"})
        assert talker.receive() == {"type": "pong"}
        talker.send({"type": "say", "text": "hello"})
        assert talker.receive() == {"type": "error", "code": "bad_frame"}

    def test_a_client_that_keeps_talking_is_sent_away(self, connect, host):
        talker = listening(connect, host)
        with suppress(ConnectionClosed):  # as soon as it is too much
            for _frame in range(30):
                talker.send("nonsense")
        assert talker.close_code() == 1008


class TestEnding:
    def test_a_destroyed_room_closes_everybodys_socket(self, connect, host, guest):
        talkers = [listening(connect, p) for p in (host, guest, guest)]
        host.ok("destroy_room", roomId="r")
        for talker in talkers:
            assert talker.receive()["type"] == "room_destroyed"
            assert talker.close_code() == 4004

    def test_a_room_whose_end_was_not_announced(self, connect, host):
        talker = listening(connect, host)
        Room.across_teams.update(closed_at=timezone.now())
        asyncio.run_coroutine_threadsafe(hall.check_all(), bus._loop).result(10)
        assert talker.receive() == {"type": "room_destroyed"}
        assert talker.close_code() == 4004

    def test_a_room_that_staff_close_too(self, connect, host):
        talker = listening(connect, host)
        management.close_room(Room.across_teams.get(key="r"), actor=TESTER)
        assert talker.receive() == {"type": "room_destroyed", "reason": "closed"}
        assert talker.close_code() == 4004

    def test_who_is_put_out_loses_every_socket_there_and_the_others_hear_of_it(
        self, connect, host, guest
    ):
        theirs, hers = listening(connect, guest), listening(connect, host)
        management.kick_member(Room.across_teams.get(key="r"), guest.user, actor=TESTER)
        assert theirs.close_code() == 4005
        frame = hers.receive()
        assert (frame["type"], frame["userId"], frame["reason"]) == (
            "user_leave", guest.id, "put out",
        )  # fmt: skip
        assert connect("r", by_token(guest)).close_code() == 4403

    def test_who_leaves_over_http_loses_the_socket(self, connect, host, guest):
        talker = listening(connect, guest)
        guest.ok("leave_room", roomId="r")
        assert talker.close_code() == 4006

    def test_signing_out_ends_the_sockets_of_that_login_alone(self, connect, host):
        first, token = listening(connect, host), host.token
        host.sign_in()
        second = listening(connect, host)
        now, host.token = host.token, token
        host.sign_out()
        assert first.close_code() == 4401
        second.send({"type": "ping"})
        assert second.receive() == {"type": "pong"}
        host.token = now

    def test_signing_out_of_the_last_login_ends_sockets_by_usersig(self, connect, host):
        talker = listening(connect, host, by_sig)
        host.sign_out()
        assert talker.close_code() == 4401
        assert not Presence.objects.online().exists()

    @pytest.mark.parametrize("credential", [by_token, by_sig])
    def test_blocking_a_person_ends_their_sockets(self, connect, host, credential):
        talker = listening(connect, host, credential)
        block_user(host.user, actor=TESTER)
        assert talker.close_code() == 4401

    def flood(self, quick, frames=1500):
        room = Room.across_teams.get(key="r")
        told = {"type": "room.event", "event": "room.updated", "facts": {}}
        for n in range(frames):
            bus.announce(room.topic, told | {"shown": {"n": n, "description": "x" * 8000}})
            assert quick.receive()["n"] == n

    def test_a_client_that_does_not_read_holds_up_nobody(self, connect, host, guest):
        slow, quick = listening(connect, guest), listening(connect, host)
        self.flood(quick)
        assert slow.close_code() == 4008  # read among what was sent before
        quick.send({"type": "ping"})
        assert quick.receive() == {"type": "pong"}

    def test_a_client_that_never_reads_again_is_cut(self, connect, host, guest, monkeypatch):
        monkeypatch.setattr(Socket, "patience_seconds", 0.3)
        slow, quick = listening(connect, guest), listening(connect, host)
        slow.socket.close_timeout = 0.1
        self.flood(quick)
        deadline = time.monotonic() + 10
        while open_from.total() > 1 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert open_from.total() == 1


class TestPresence:
    def test_connecting_is_a_sign_of_life(self, connect, host):
        before = timezone.now() - timedelta(seconds=40)
        Presence.objects.filter(user=host.user).update(last_seen_at=before)
        LiveRoom.objects.update(hosted_since=before)
        assert not Presence.objects.online().exists()
        signs.forget(host.user.pk)  # another process heard of them
        assert listening(connect, host)
        assert Presence.objects.online().exists()

    def test_disconnecting_is_the_last_sign_of_life(self, connect, host):
        talker = listening(connect, host)
        time.sleep(0.3)
        ended = timezone.now()
        talker.close()
        last = Presence.objects.filter(user=host.user, last_seen_at__gte=ended)
        until = time.monotonic() + 5
        while not last.exists() and time.monotonic() < until:
            time.sleep(0.1)
        assert last.exists()

    def test_all_sockets_of_a_process_are_alive_by_one_write_each_of_people_and_logins(
        self, connect, host, guest, django_assert_max_num_queries
    ):
        for person in (host, guest, guest):
            listening(connect, person)
        people, logins = [host.user.pk, guest.user.pk], list(Login.objects.values_list("pk"))
        before = timezone.now()
        with django_assert_max_num_queries(6):  # two of them begin and end a transaction
            signs.flush(people, [pk for (pk,) in logins])
        assert Presence.objects.filter(last_seen_at__gte=before).count() == 2
        assert Login.objects.filter(seen_at__gte=before).count() == 2

    def test_what_was_not_announced_is_found_out(self, connect, host, guest):
        """Announcements may be lost: attendance is asked again at intervals."""
        gone, out, stays = (listening(connect, p) for p in (guest, guest, host))
        third = Person("Cem")
        third.enter("r")
        signed_out = listening(connect, third)
        Membership.objects.filter(user=guest.user).update(left_at=timezone.now())
        Login.objects.filter(user=third.user).update(ended_at=timezone.now())
        asked = asyncio.run_coroutine_threadsafe(hall.check_all(), bus._loop)
        asked.result(10)
        assert [t.close_code() for t in (gone, out, signed_out)] == [4006, 4006, 4401]
        stays.send({"type": "ping"})
        assert "pong" in [stays.receive()["type"] for _frame in range(2)]  # after Cem's coming
