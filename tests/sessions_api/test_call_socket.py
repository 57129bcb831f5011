"""`/ws/call`: what the page of a participant is told, and what it may do (docs/calls.md)."""

import json
import time
from contextlib import suppress
from datetime import timedelta

import pytest
from django.utils import timezone
from websockets.exceptions import ConnectionClosed

from rtcserver.dates import iso_date
from sessions_api import services
from sessions_api.models import CallEntry, Session
from sessions_api.services import calls
from tests.conftest import TESTER
from tests.factories import ParticipantFactory, SessionFactory
from tests.sessions_api.pages import OFFER, admitted
from tests.sessions_api.people import guest_of, host_of, running_session, state_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def host(session, page):
    host = page(host_of(session, display_name="Dr. Who"))
    host.enter()
    return host


class TestComing:
    def test_a_host_enters_and_is_told_the_call(self, session, page):
        host = page(host_of(session, display_name="Dr. Who"))
        told = host.enter()
        assert [person["peer_id"] for person in told["roster"]] == [host.peer_id]
        assert told["you"]["role"] == "host"
        assert (told["may_decide"], told["may_eject"], told["waiting"]) == (True, True, [])
        assert told["session"] == str(session.public_id)
        assert told["media"]["backend"] == "p2p"
        assert told["ticket"]

    def test_who_waits_is_told_their_own_state_and_nothing_else(self, session, page, host):
        first = page(guest_of(session, display_name="Jonas"))
        assert first.come() == "waiting"
        other = page(guest_of(session, display_name="Ana"))
        assert other.come() == "waiting"
        third = admitted(page, host, guest_of(session, display_name="Eve"))
        third.send({"op": "signal", "to": first.peer_id, "description": OFFER})
        assert third.next("error")["code"] == "not_found"
        third.send({"op": "media", "muted": True, "camera": False, "sharing": False})
        host.ask("refuse", peer=other.peer_id)
        for op in ("signal", "media", "ice", "ticket", "admit_all", "mute", "eject"):
            frame = {"to": host.peer_id, "peer": host.peer_id, "description": OFFER}
            shown = {"muted": False, "camera": True, "sharing": False}
            assert first.ask(op, **frame, **shown)["code"] == "not_inside", op
        first.ask("sync")
        assert {frame["op"] for frame in first.traffic} <= {"welcome", "state", "error", "done"}
        text = json.dumps(first.traffic)
        for secret in ("Dr. Who", "Ana", "Eve", host.peer_id, other.peer_id, "ticket", "urls"):
            assert secret not in text
        assert str(session.public_id) not in text

    def test_hosts_inside_see_who_waits_and_let_them_in(self, session, page, host):
        guest = page(guest_of(session, display_name="Jonas"))
        guest.come()
        told = host.next("waiting")
        assert (told["change"], told["people"][0]["display_name"]) == ("arrived", "Jonas")
        assert host.ask("admit", peer=guest.peer_id)["op"] == "done"
        told = guest.next("inside")
        assert {p["peer_id"] for p in told["roster"]} == {host.peer_id, guest.peer_id}
        assert told["may_eject"] is False
        assert host.next("waiting")["change"] == "gone"
        assert host.next("roster")["change"] == "joined"

    def test_all_who_wait_are_let_in_at_once(self, session, page, host):
        guests = [page(guest_of(session)) for _ in range(3)]
        assert [guest.come() for guest in guests] == ["waiting"] * 3
        assert host.ask("admit_all")["count"] == 3
        for guest in guests:
            guest.next("inside")

    def test_the_refused_are_told_and_their_connection_ends(self, session, page, host):
        guest = page(guest_of(session))
        guest.come()
        host.ask("refuse", peer=guest.peer_id)
        assert guest.next("closed")["reason"] == "refused"
        assert guest.close_code() == 4403

    def test_early_arrivals_wait_and_enter_when_it_starts(self, page, db):
        soon = SessionFactory(starts_at=timezone.now() + timedelta(seconds=1.5))
        host, guest = page(host_of(soon)), page(guest_of(soon))
        assert (host.come(), guest.come()) == ("early", "early")
        assert host.next("state")["state"] == "inside"
        assert timezone.now() - soon.starts_at < timedelta(seconds=1)
        assert guest.next("state")["state"] == "waiting"
        host.next("inside")

    def test_those_who_wait_hear_that_it_starts_earlier(self, page, db):
        later = SessionFactory()
        guest = page(guest_of(later))
        assert guest.come() == "early"
        soon = timezone.now() + timedelta(seconds=1)
        services.update_session(later, {"starts_at": soon}, actor=TESTER)
        assert guest.next("state")["starts_at"] == iso_date(soon)
        assert guest.next("state")["state"] == "waiting"

    def test_who_waits_can_be_told_their_state_again(self, session, page):
        guest = page(guest_of(session))
        guest.come()
        guest.ask("sync")
        assert guest.next("state")["state"] == "waiting"

    @pytest.mark.parametrize(
        ("trait", "reason", "code"),
        [
            ({"session__ended": True}, "session_ended", 4410),
            ({"session__canceled": True}, "session_canceled", 4410),
            ({"canceled_at": timezone.now()}, "participant_canceled", 4410),
        ],
    )
    def test_what_is_over_is_refused(self, page, db, trait, reason, code):
        late = page(ParticipantFactory(**trait))
        assert late.ask("auth", entry=str(late.person.public_id))["reason"] == reason
        assert late.close_code() == code

    def test_a_full_call_turns_the_next_away_and_says_so(self, session, page, host, settings):
        settings.MESH_LIMIT = 1
        late = page(host_of(session))
        told = late.ask("auth", entry=str(late.person.public_id))
        assert (told["reason"], told["message"]) == (
            "call_full",
            "The call is full: somebody has to leave first.",
        )
        assert late.close_code() == 4409
        guest = page(guest_of(session))
        assert guest.come() == "waiting"
        assert host.ask("admit", peer=guest.peer_id)["code"] == "call_full"
        assert host.ask("admit_all")["code"] == "call_full"
        host.ask("leave")

    @pytest.mark.parametrize("entry", ["0e2f3f2c-98a4-4a9b-9d0c-6e1f1c1b7a11", "x", "a/b"])
    def test_an_unknown_entry_is_refused(self, session, page, entry):
        stranger = page(guest_of(session))
        assert stranger.ask("auth", entry=entry)["op"] == "closed"
        assert stranger.close_code() == 4404

    def test_the_peer_id_opens_nothing(self, session, page):
        stranger = page(guest_of(session))
        assert stranger.ask("auth", entry=stranger.peer_id)["op"] == "closed"
        assert stranger.close_code() == 4404

    def test_nothing_is_said_before_the_entry_is_shown(self, session, page):
        stranger = page(guest_of(session))
        stranger.send({"op": "sync"})
        assert stranger.close_code() == 4401


class TestOneConnection:
    def test_a_second_page_takes_over_and_the_first_is_told(self, session, page):
        person = host_of(session)
        first, second = page(person), page(person)
        first.enter()
        second.enter()
        assert first.next("closed")["reason"] == "taken_over"
        assert first.close_code() == 4009
        assert state_of(person) == "inside"
        assert CallEntry.across_teams.filter(participant=person).count() == 1

    def test_who_was_admitted_comes_back_without_asking(self, session, page, host):
        guest = admitted(page, host, guest_of(session))
        guest.close()
        again = page(guest.person)
        again.enter()

    def test_a_broken_connection_keeps_the_place(self, session, page, host):
        guest = page(guest_of(session))
        guest.come()
        host.next("waiting")
        guest.close()
        told = host.next("waiting")
        assert (told["change"], told["people"][0]["is_connected"]) == ("updated", False)
        assert host.ask("admit", peer=guest.peer_id)["op"] == "done"

    def test_leaving_is_for_good_and_ends_the_connection(self, session, page, host):
        guest = admitted(page, host, guest_of(session))
        guest.ask("leave")
        assert guest.close_code() == 1000
        while host.next("roster")["change"] != "left":
            pass
        assert state_of(guest.person) == "left"


class TestTalking:
    def test_a_signal_reaches_the_one_it_is_for(self, session, page, host):
        guest = admitted(page, host, guest_of(session))
        other = admitted(page, host, guest_of(session))
        signal = {"description": OFFER, "page": "p1", "to_page": "p2"}
        guest.send({"op": "signal", "to": host.peer_id, "more": 1, **signal})
        assert host.next("signal") == {"op": "signal", "from": guest.peer_id, **signal}
        candidate = {"candidate": "candidate:1 1 udp 1 x.local 9 typ host", "sdpMLineIndex": 0}
        host.send({"op": "signal", "to": guest.peer_id, "candidate": candidate})
        assert guest.next("signal")["candidate"] == candidate
        other.ask("ping")
        assert "signal" not in {frame["op"] for frame in other.traffic}

    def test_a_foreign_session_is_out_of_reach(self, session, page, host):
        elsewhere = page(host_of(running_session()))
        elsewhere.enter()
        host.send({"op": "signal", "to": elsewhere.peer_id, "description": OFFER})
        assert host.next("error")["code"] == "not_found"
        assert host.ask("mute", peer=elsewhere.peer_id)["code"] == "not_found"
        for op in ("admit", "refuse", "eject"):
            assert host.ask(op, peer=elsewhere.peer_id)["code"] == "not_found", op
        elsewhere.ask("ping")
        assert "signal" not in {frame["op"] for frame in elsewhere.traffic}

    def test_who_only_receives_may_not_offer_to_send(self, session, page, host):
        guest = admitted(page, host, guest_of(session, can_publish=False))
        assert guest.first["you"]["can_publish"] is False
        for sdp in ("m=audio 9 X 0\r\na=sendrecv\r\n", "m=video 9 X 0\r\n", "a=sendonly\r\n"):
            description = {"type": "answer", "sdp": sdp}
            guest.send({"op": "signal", "to": host.peer_id, "description": description})
            assert guest.next("error")["code"] == "may_not_publish"
        guest.send({"op": "signal", "to": host.peer_id, "description": OFFER})
        assert host.next("signal")["description"] == OFFER

    def test_what_people_send_is_shown_to_those_who_come_later_too(self, session, page, host):
        shown = {"muted": True, "camera": False, "sharing": True}
        host.send({"op": "media", **shown})
        assert host.next("media")["from"] == host.peer_id
        guest = admitted(page, host, guest_of(session))
        assert guest.next("media") == {"op": "media", "from": host.peer_id, **shown}
        guest.close()
        while host.next("roster")["change"] != "updated":
            pass
        again = page(guest.person)
        again.enter()
        assert again.next("media") == {"op": "media", "from": host.peer_id, **shown}

    def test_hosts_ask_for_silence_and_guests_do_not(self, session, page, host):
        guest = admitted(page, host, guest_of(session))
        assert host.ask("mute", peer=guest.peer_id)["op"] == "done"
        assert guest.next("mute")["from"] == host.peer_id
        assert guest.ask("mute", peer=host.peer_id)["code"] == "not_allowed"
        assert guest.ask("eject", peer=host.peer_id)["code"] == "not_allowed"

    def test_turn_credentials_are_made_anew_on_request(self, session, page, settings):
        settings.TURN_URLS, settings.TURN_SECRET = ["turn:127.0.0.1"], "shared"
        host = page(host_of(session))
        first = host.enter()["media"]["ice_servers"][0]
        time.sleep(1.1)
        later = host.ask("ice")["media"]["ice_servers"][0]
        assert host.peer_id in later["username"]
        assert int(later["username"].split(":")[0]) > int(first["username"].split(":")[0])


class TestTheEnd:
    def test_the_ejected_are_out_and_must_be_let_in_anew(self, session, page, host):
        guest = admitted(page, host, guest_of(session))
        assert host.ask("eject", peer=guest.peer_id)["op"] == "done"
        assert guest.next("closed")["reason"] == "ejected"
        assert guest.close_code() == 4403
        assert page(guest.person).come() == "waiting"

    def test_a_withdrawn_invitation_ends_the_call_for_that_person(self, session, page, host):
        guest = admitted(page, host, guest_of(session))
        services.cancel_participant(guest.person, actor=TESTER)
        assert guest.next("closed", timeout=1)["reason"] == "canceled"
        assert guest.close_code() == 4410
        host.ask("ping")

    def test_an_ended_session_ends_it_for_all_and_for_who_waits(self, session, page, host):
        waiting = page(guest_of(session))
        waiting.come()
        services.end_session(session, actor=TESTER)
        for each in (host, waiting):
            assert each.next("closed", timeout=1)["reason"] == "ended"
            assert each.close_code() == 4410

    def test_the_end_time_closes_the_call_within_a_second(self, page, db):
        session = running_session(ends_at=timezone.now() + timedelta(seconds=1.5))
        host, guest = page(host_of(session)), page(guest_of(session))
        host.enter()
        guest.come()
        for each in (host, guest):
            assert each.next("closed", timeout=3)["reason"] == "ended"
            assert timezone.now() - session.ends_at < timedelta(seconds=1)
            assert each.close_code() == 4410

    def test_a_moved_end_moves_the_clock(self, page, db):
        session = running_session(ends_at=timezone.now() + timedelta(seconds=2))
        host = page(host_of(session))
        host.enter()
        later = timezone.now() + timedelta(hours=1)
        services.update_session(session, {"ends_at": later}, actor=TESTER)
        assert host.next("state")["ends_at"] is not None
        time.sleep(2.2)
        assert host.ask("ping")["op"] == "pong"


class TestBadFrames:
    @pytest.mark.parametrize(
        ("frame", "code"),
        [
            ("not json", "bad_frame"),
            ("[]", "bad_frame"),
            ("[" * 20_000, "bad_frame"),
            ('{"op": "signal", "to": "\\u0000"}', "bad_frame"),
            ('{"op": "\\ud800"}', "bad_frame"),
            (b"\x00", "bad_frame"),
            ({"op": "nothing"}, "bad_op"),
            ({"op": ["signal"]}, "bad_op"),
            ({"op": "auth", "entry": "x"}, "bad_op"),
            ({"op": "signal"}, "bad_field"),
            ({"op": "signal", "to": "x", "description": OFFER}, "bad_field"),
            ({"op": "media", "muted": "yes"}, "bad_field"),
            ({"op": "admit", "peer": 7}, "bad_field"),
        ],
    )
    def test_a_bad_frame_is_answered_and_the_call_goes_on(self, host, frame, code):
        host.send(frame)
        assert host.next("error")["code"] == code
        assert host.ask("ping")["op"] == "pong"

    @pytest.mark.parametrize(
        "signal",
        [
            {},
            {"description": "x"},
            {"description": {"type": "pranswer", "sdp": "x"}},
            {"description": {"type": "offer", "sdp": "x" * 48_001}},
            {"candidate": {"candidate": "x" * 1_001}},
            {"candidate": {"candidate": "x", "sdpMLineIndex": True}},
            {"candidate": {"candidate": "x", "sdpMLineIndex": []}},
            {"candidate": {"candidate": "x", "sdpMid": 5}},
            {"candidate": {"candidate": "x"}, "hello": "x"},
            {"hello": 5},
        ],
    )
    def test_a_misshapen_signal_reaches_nobody(self, session, page, host, signal):
        guest = admitted(page, host, guest_of(session))
        guest.send({"op": "signal", "to": host.peer_id, **signal})
        assert guest.next("error")["code"] == "bad_field"
        host.ask("ping")
        assert "signal" not in {frame["op"] for frame in host.traffic}

    def test_an_oversized_frame_ends_that_connection_alone(self, session, page, host):
        guest = admitted(page, host, guest_of(session))
        guest.send({"op": "signal", "to": host.peer_id, "hello": "x" * 70_000})
        assert guest.close_code() == 1009
        assert host.ask("ping")["op"] == "pong"

    def test_a_flood_is_slowed_and_then_ended(self, host):
        with suppress(ConnectionClosed):  # as soon as it is too much
            for _ in range(600):
                host.send({"op": "ping"})
        assert host.close_code() == 1008


def test_passing_a_signal_on_costs_one_query(session, page, host, django_assert_num_queries):
    guest = admitted(page, host, guest_of(session))
    entry = CallEntry.across_teams.get(participant=host.person)
    with django_assert_num_queries(1):
        services.require_both_inside(
            host.person, connection_id=entry.connection_id, peer_id=guest.person.peer_id
        )


def test_a_change_of_role_reaches_the_page(session, page, host):
    guest = admitted(page, host, guest_of(session))
    services.update_participant(guest.person, {"role": "host"}, actor=TESTER)
    told = guest.next("inside")
    assert (told["you"]["role"], told["may_eject"]) == ("host", True)


class TestLeases:
    def test_all_leases_of_a_process_are_pushed_ahead(self, session, page, host):
        CallEntry.across_teams.update(alive_until=timezone.now() + timedelta(seconds=1))
        connections = list(CallEntry.across_teams.values_list("connection_id", flat=True))
        assert calls.renew(connections) == set(connections)
        entry = CallEntry.across_teams.get()
        assert entry.alive_until > timezone.now() + timedelta(seconds=10)

    def test_the_entry_is_in_no_event_and_no_log(self, session, page, host, caplog):
        host.ask("leave")
        text = caplog.text + json.dumps(list(Session.across_teams.values_list("name", flat=True)))
        assert str(host.person.public_id) not in text
