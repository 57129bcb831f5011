"""Invitations for calendars: `GET /session/<participant id>.ics`."""

from datetime import UTC, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from icalendar import Calendar

from rtcserver.dates import http_date
from sessions_api import services
from sessions_api.invitations import as_calendar
from tests.conftest import TESTER
from tests.factories import ParticipantFactory, SessionFactory, TeamFactory, in_hours


def fetch(client, participant):
    answer = client.get(f"/session/{participant.public_id}.ics")
    assert answer.status_code == 200
    calendar = Calendar.from_ical(answer.content)
    [event] = calendar.walk("VEVENT")
    return answer, calendar, event


@pytest.fixture
def guest(db):
    return ParticipantFactory(display_name="Jonas", session__name="Check-up; 2nd, final")


def test_says_what_when_and_where(client, guest):
    answer, calendar, event = fetch(client, guest)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8; method=PUBLISH"
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "no-referrer"
    assert calendar["METHOD"] == "PUBLISH"
    assert event["SUMMARY"] == "Check-up; 2nd, final"
    assert rb"SUMMARY:Check-up\; 2nd\, final" in answer.content
    session = guest.session
    for name, moment in (("DTSTART", session.starts_at), ("DTEND", session.ends_at)):
        assert event[name].dt == moment.replace(microsecond=0)
        assert event[name].dt.tzinfo is not None
        stamp = moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        assert f"{name}:{stamp}\r\n".encode() in answer.content
    assert event["URL"] == guest.entry_url
    assert guest.entry_url in event["DESCRIPTION"]
    assert event["STATUS"] == "CONFIRMED"
    assert event["ORGANIZER"].params["CN"] == session.team.name


def test_the_uid_stays_and_is_no_secret(client, guest):
    _answer, _calendar, event = fetch(client, guest)
    services.update_session(guest.session, {"name": "Moved"}, actor=TESTER)
    _answer, _calendar, later = fetch(client, guest)
    assert event["UID"] == later["UID"]
    assert str(guest.peer_id) in event["UID"]
    assert str(guest.public_id) not in event["UID"]
    other = ParticipantFactory(session=guest.session)
    assert fetch(client, other)[2]["UID"] != event["UID"]


def test_the_sequence_rises_with_every_change(client, api, session_of_team):
    session = session_of_team()
    guest = ParticipantFactory(session=session)
    path = f"/sessions/{session.public_id}"
    changes = [
        lambda: api.put(path, {"session_name": "New"}),
        lambda: api.put(path, {"end_time": http_date(in_hours(5))}),
        lambda: services.cancel_participant(guest, actor=TESTER),
        lambda: api.put(path, {"session_name": "Newer"}),
        lambda: api.delete(path),
    ]
    seen = [fetch(client, guest)[2]["SEQUENCE"]]
    for change in changes:
        change()
        seen.append(fetch(client, guest)[2]["SEQUENCE"])
    assert seen == sorted(set(seen))
    api.put(f"/sessions/{session_of_team().public_id}", {})


def test_what_changes_nothing_keeps_the_sequence(client, api, session_of_team):
    session = session_of_team()
    guest = ParticipantFactory(session=session)
    before = fetch(client, guest)[2]["SEQUENCE"]
    api.put(f"/sessions/{session.public_id}", {"session_name": session.name})
    assert fetch(client, guest)[2]["SEQUENCE"] == before


@pytest.mark.parametrize("what", ["session", "participant"])
def test_cancelling_is_told_to_calendars(client, guest, what):
    if what == "session":
        services.cancel_session(guest.session, actor=TESTER)
    else:
        services.cancel_participant(guest, actor=TESTER)
    answer, calendar, event = fetch(client, guest)
    assert (calendar["METHOD"], event["STATUS"]) == ("CANCEL", "CANCELLED")
    assert answer["Content-Type"].endswith("method=CANCEL")
    assert str(guest.public_id).encode() not in answer.content


def test_a_session_without_an_end_has_none_there(client, db):
    guest = ParticipantFactory(session=SessionFactory(ends_at=None))
    assert "DTEND" not in fetch(client, guest)[2]


@pytest.mark.parametrize("unknown", ["0e2f3f2c-98a4-4a9b-9d0c-6e1f1c1b7a11", "x", "", "a/b"])
def test_an_unknown_link_is_the_same_404_as_on_the_page(client, db, unknown):
    answer = client.get(f"/session/{unknown}.ics")
    assert answer.status_code == 404
    assert "Traceback" not in answer.content.decode()


def test_a_closed_team_invites_nobody(client, guest):
    guest.session.team.is_active = False
    guest.session.team.save()
    assert client.get(f"/session/{guest.public_id}.ics").status_code == 404


def test_reading_it_uses_nothing_up(client, guest):
    assert client.head(f"/session/{guest.public_id}.ics").status_code == 200
    assert client.post(f"/session/{guest.public_id}.ics").status_code == 405
    assert not guest.entries.exists()


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=256)


@hypothesis_settings(
    max_examples=100,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(texts, texts)
def test_no_name_breaks_out_of_its_line(name, team):
    session = SessionFactory.build(name=name, client=None, team=TeamFactory.build(name=team))
    session.ends_at = session.starts_at + timedelta(hours=1)
    guest = ParticipantFactory.build(session=session, client=None)
    written = as_calendar(guest)
    calendar = Calendar.from_ical(written)
    [event] = calendar.walk("VEVENT")
    assert set(event) == {
        "UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "STATUS", "ORGANIZER", "URL",
        "LOCATION", "DESCRIPTION",
    }  # fmt: skip
    assert all(len(line) <= 75 for line in written.split(b"\r\n"))
    assert not set(written) & {*range(9), 11, 12, *range(14, 32), 127}
