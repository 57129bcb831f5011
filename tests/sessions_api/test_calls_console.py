"""Calls in the console: who is there, what staff may do, what happened, attendance as a file."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.services import create_user_of_staff
from rtcserver.models import Event
from sessions_api import services
from sessions_api.models import Session
from tests.conftest import TESTER
from tests.factories import ParticipantFactory, SessionFactory
from tests.sessions_api.people import (
    admitted,
    come,
    connection_of,
    guest_of,
    inside,
    state_of,
    stays,
)

ENTRIES = "admin:sessions_api_callentry_changelist"


@pytest.fixture
def session(session_of_team):
    return session_of_team(started=True)


@pytest.fixture
def operator(team):
    http = Client()
    http.force_login(create_user_of_staff(actor=TESTER, username="maria", team=team))
    return http


def act(http, name, *entries):
    body = {"action": name, "_selected_action": [entry.pk for entry in entries]}
    return http.post(reverse(ENTRIES), body, follow=True).content.decode()


def page_of(http, session):
    answer = http.get(reverse("admin:sessions_api_session_change", args=[session.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_staff_let_people_in_refuse_and_put_out(operator, session):
    guests = [guest_of(session) for _ in range(3)]
    for guest in guests:
        come(guest)
    act(operator, "admit_selected", *[stays(guest)[0] for guest in guests[:2]])
    act(operator, "refuse_selected", stays(guests[2])[0])
    act(operator, "eject_selected", stays(guests[1])[0])
    assert [state_of(guest) for guest in guests] == ["inside", "ejected", "refused"]
    [event] = Event.objects.filter(type="participant.refused")
    assert (event.actor_kind, event.dialect) == ("staff", "admin")


def test_what_is_over_is_said_and_left_alone(operator, session):
    guest = admitted(session)
    services.leave(guest, connection_id=connection_of(guest))
    come(guest, "back")
    [old, _now] = stays(guest)
    assert "They are not in the call." in act(operator, "eject_selected", old)
    assert "They do not wait." in act(operator, "admit_selected", old)
    assert "They do not wait." in act(operator, "refuse_selected", old)
    assert state_of(guest) == "inside"


def test_staff_see_and_decide_only_for_their_team(operator, session):
    theirs = ParticipantFactory(session=SessionFactory(started=True), display_name="Foreign")
    come(theirs)
    assert "Foreign" not in operator.get(reverse(ENTRIES)).content.decode()
    act(operator, "admit_selected", stays(theirs)[0])
    assert state_of(theirs) == "waiting"
    for name in ("change", "attendance_file"):
        url = reverse(f"admin:sessions_api_session_{name}", args=[theirs.session.pk])
        assert operator.get(url).status_code in (302, 404)


def test_the_list_takes_the_same_queries_for_any_number(
    operator, session, django_assert_max_num_queries
):
    come(guest_of(session))
    with django_assert_max_num_queries(100) as before:
        operator.get(reverse(ENTRIES))
    for _ in range(10):
        come(guest_of(session))
    with django_assert_max_num_queries(len(before) + 1):
        page = operator.get(reverse(ENTRIES) + f"?session__id__exact={session.pk}")
    assert page.status_code == 200
    assert page.content.decode().count("field-person") == 11


def test_the_page_of_a_session_shows_who_is_there_and_what_happened(operator, session):
    guest = guest_of(session, display_name="<b>Jonas</b>")
    come(guest)
    page = page_of(operator, session)
    assert "&lt;b&gt;Jonas&lt;/b&gt;" in page
    assert "<b>Jonas" not in page
    services.admit(guest, actor=TESTER)
    services.eject(guest, actor=TESTER)
    page = page_of(operator, session)
    for told in ("participant.waiting", "participant.admitted", "participant.ejected"):
        assert told in page
    assert "Nobody." in page


def test_events_without_a_person_are_shown_too(operator, api, plan):
    session_id = api.post("/sessions", plan())["session_id"]
    session = Session.across_teams.get(public_id=session_id)
    assert "session.created" in page_of(operator, session)


def test_attendance_is_a_file(operator, session):
    inside(session)
    url = reverse("admin:sessions_api_session_attendance_file", args=[session.pk])
    answer = operator.get(url)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.content.decode().count("\n") == 2


def test_a_canceled_call_has_its_record_still(operator, session_of_team):
    session = session_of_team()
    come(guest_of(session))
    services.cancel_session(session, actor=TESTER)
    assert "participant.left" in page_of(operator, session)
    url = reverse("admin:sessions_api_session_attendance_file", args=[session.pk])
    assert "canceled" in operator.get(url).content.decode()
