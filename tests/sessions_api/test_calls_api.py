"""The lobby and the attendance over `/v1`."""

import csv
import json
from io import StringIO

import pytest
from django.test import Client

from rtcserver.models import Event
from sessions_api import services
from tests.conftest import TESTER
from tests.factories import ParticipantFactory, SessionFactory
from tests.sessions_api.people import come, connection_of, guest_of, host_of, inside, state_of


@pytest.fixture
def session(session_of_team):
    return session_of_team(started=True)


def path_of(session, what):
    return f"/sessions/{session.public_id}/{what}"


def decision(person, what):
    return f"/participants/{person.public_id}/{what}"


class TestWaiting:
    def test_lists_the_queue_in_order(self, api, session):
        guests = [guest_of(session, display_name=f"Guest {n}") for n in range(3)]
        for guest in (guests[2], guests[0], guests[1]):
            come(guest)
        inside(session)
        page = api.get(path_of(session, "waiting"))
        assert [person["display_name"] for person in page["content"]] == [
            "Guest 2",
            "Guest 0",
            "Guest 1",
        ]
        assert (page["page"], page["page_size"], page["more"]) == (0, 3, False)
        [first, *_] = page["content"]
        assert first["participant_id"] == str(guests[2].public_id)
        assert (first["status"], first["role"]) == ("waiting", "GUEST")
        assert first["waiting_since"].endswith("GMT")
        assert first["is_connected"] is True

    def test_is_paged(self, api, session):
        for _ in range(3):
            come(guest_of(session))
        page = api.get(path_of(session, "waiting?page=1&page_size=2"))
        assert (page["page"], page["page_size"], page["more"]) == (1, 1, False)
        assert api.get(path_of(session, "waiting?page_size=2"))["more"] is True
        api.get(path_of(session, "waiting?page=x"), status=400)

    def test_takes_the_same_queries_for_any_number(
        self, api, session, django_assert_max_num_queries
    ):
        for _ in range(10):
            come(guest_of(session))
        for path in ("waiting", "attendance"):
            with django_assert_max_num_queries(3):
                assert len(api.get(path_of(session, path))["content"]) == 10


class TestDecisions:
    def test_let_in_refuse_and_put_out(self, api, session, api_client):
        guest, other = guest_of(session), guest_of(session)
        come(guest)
        come(other)
        assert api.post(decision(guest, "admit")) == {"ok": True}
        assert api.post(decision(other, "refuse")) == {"ok": True}
        assert (state_of(guest), state_of(other)) == ("inside", "refused")
        assert api.post(decision(guest, "eject")) == {"ok": True}
        assert state_of(guest) == "ejected"
        [event] = Event.objects.filter(type="participant.ejected")
        assert (event.actor_kind, event.actor_id) == ("api_client", api_client.client_id)

    def test_about_nobody_there_are_refused(self, api, session):
        person = guest_of(session)
        for what, code in (("admit", "not_waiting"), ("refuse", "not_waiting")):
            assert api.post(decision(person, what), status=400)["error"]["code"] == code
        assert api.post(decision(person, "eject"), status=400)["error"]["code"] == "not_inside"

    def test_need_a_call_that_runs(self, api, session_of_team):
        early = session_of_team()
        guest = guest_of(early)
        come(guest)
        refused = api.post(decision(guest, "admit"), status=400)
        assert refused["error"]["code"] == "session_not_started"
        services.cancel_participant(guest, actor=TESTER)
        for what in ("admit", "refuse", "eject"):
            api.post(decision(guest, what), status=401)
        ended = guest_of(session_of_team(ended=True))
        for what in ("admit", "refuse", "eject"):
            refused = api.post(decision(ended, what), status=400)
            assert refused["error"]["code"] == "session_ended"


class TestAccess:
    CALLS = [("GET", "waiting"), ("GET", "attendance"), ("GET", "attendance.csv")]
    ACTS = ["admit", "refuse", "eject"]

    def test_another_teams_call_is_unknown(self, api):
        person = ParticipantFactory(session=SessionFactory(started=True))
        come(person)
        for method, what in self.CALLS:
            api.send(method, path_of(person.session, what), status=404)
        for what in self.ACTS:
            api.post(decision(person, what), status=404)
        assert state_of(person) == "waiting"

    def test_unknown_ids_are_404(self, api):
        for odd in ("x", "undefined", "0e2f3f2c-98a4-4a9b-9d0c-6e1f1c1b7a11"):
            for method, what in self.CALLS:
                api.send(method, f"/sessions/{odd}/{what}", status=404)
            for what in self.ACTS:
                api.post(f"/participants/{odd}/{what}", status=404)

    def test_needs_a_token(self, session):
        for _method, what in self.CALLS:
            assert Client().get(f"/v1{path_of(session, what)}").status_code == 401
        for what in self.ACTS:
            assert Client().post(f"/v1{decision(guest_of(session), what)}").status_code == 401

    def test_a_canceled_session_answers_as_everywhere(self, api, session_of_team):
        session = session_of_team(canceled=True)
        for method, what in self.CALLS:
            refused = api.send(method, path_of(session, what), status=401)
            assert refused["error"]["code"] == "session_canceled"

    def test_other_methods_are_refused_in_json(self, api, session):
        api.post(path_of(session, "waiting"), status=405)
        api.get(decision(guest_of(session), "admit"), status=405)


class TestAttendance:
    def test_has_a_row_for_every_stay(self, api, session):
        host, guest = inside(session), guest_of(session)
        come(guest)
        api.post(decision(guest, "admit"))
        services.leave(guest, connection_id=connection_of(guest))
        come(guest, "again")
        page = api.get(path_of(session, "attendance"))["content"]
        assert [(stay["peer_id"], stay["status"], stay["reason"]) for stay in page] == [
            (str(host.peer_id), "inside", ""),
            (str(guest.peer_id), "left", "own"),
            (str(guest.peer_id), "inside", ""),
        ]
        assert page[1]["admitted_by"].startswith("api_client:")
        assert page[1]["left_time"].endswith("GMT")

    def test_as_a_file(self, api, coviu, session):
        inside(session)
        come(guest_of(session))
        path = f"/v1{path_of(session, 'attendance.csv')}"
        answer = coviu.get(path, headers={"Accept": "text/csv"})
        assert answer.status_code == 200
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert answer["Cache-Control"] == "no-store"
        rows = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))
        assert [row["state"] for row in rows] == ["inside", "waiting"]

    @pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r="])
    def test_a_name_is_never_a_formula(self, coviu, session, start):
        come(guest_of(session, display_name=f'{start}HYPERLINK("http://x","y")'))
        answer = coviu.get(f"/v1{path_of(session, 'attendance.csv')}")
        text = StringIO(answer.content.decode("utf-8-sig"), newline="")
        [row] = csv.DictReader(text)
        assert row["display_name"].startswith(f"'{start}")

    def test_holds_no_entry_secret(self, coviu, session):
        host = inside(session)
        answer = coviu.get(f"/v1{path_of(session, 'attendance.csv')}")
        assert str(host.public_id) not in answer.content.decode()

    def test_the_session_tells_when_it_really_ran(self, api, session):
        host = host_of(session)
        path = f"/sessions/{session.public_id}"
        assert api.get(path)["actual_start_time"] is None
        come(host)
        assert api.get(path)["actual_start_time"].endswith("GMT")
        assert api.get(path)["actual_end_time"] is None
        services.leave(host, connection_id=connection_of(host))
        assert api.get(path)["actual_end_time"].endswith("GMT")


def test_events_of_a_call_hold_no_secret(api, session):
    guest = guest_of(session)
    come(guest)
    for what in ("admit", "eject"):
        api.post(decision(guest, what))
    stored = json.dumps(list(Event.objects.values_list("payload", flat=True)))
    assert str(guest.public_id) not in stored
    assert str(guest.peer_id) in stored
