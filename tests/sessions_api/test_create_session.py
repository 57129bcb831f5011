"""`POST /v1/sessions`: contract A.4 to A.7."""

import json
from datetime import timedelta
from email.utils import format_datetime

import pytest
from django.utils import timezone

from rtcserver.models import Event
from sessions_api.models import Participant, Session
from tests.sessions_api.conftest import END, START


def test_answers_the_session_with_an_entry_url_for_each_participant(api, plan, api_client):
    body = api.post("/sessions", plan())

    assert set(body) == {
        "session_id", "session_name", "start_time", "end_time", "picture", "team_id", "client_id",
        "participants", "feature_flags", "canceled_time", "actual_start_time", "actual_end_time",
    }  # fmt: skip
    assert (body["start_time"], body["end_time"]) == (START, END)
    assert body["team_id"] == str(api_client.team.public_id)
    assert body["client_id"] == api_client.client_id
    host, guest = body["participants"]
    assert (host["display_name"], host["role"], host["state"]) == ("Dr. Who", "HOST", "drwho1234")
    assert (guest["role"], guest["state"], guest["picture"]) == ("GUEST", None, None)
    for person in (host, guest):
        assert person["entry_url"].endswith(f"/session/{person['participant_id']}")
        assert person["session_id"] == body["session_id"]
        assert person["client_id"] == api_client.client_id
        assert "deleted_at" not in person


def test_only_times_are_required(api):
    body = api.post("/sessions", {"start_time": START, "end_time": END})
    assert (body["session_name"], body["picture"]) == (None, None)
    assert (body["participants"], body["feature_flags"]) == ([], [])


def test_null_counts_as_absent(api, plan):
    body = api.post("/sessions", plan(session_name=None, picture=None, participants=None))
    assert (body["session_name"], body["participants"]) == (None, [])


def test_flags_are_echoed_and_unknown_fields_ignored(api, plan):
    body = api.post(
        "/sessions", plan(feature_flags=["a;b"], team_id="x", session_id="y", canceled_time="z")
    )
    assert body["feature_flags"] == ["a;b"]
    assert body["session_id"] != "y"
    assert body["canceled_time"] is None


def test_texts_come_back_as_they_were_sent(api, plan):
    name = "  <b>Dr. 谁</b> 👩‍⚕️ 'x' -- "
    body = api.post("/sessions", plan(session_name=name, picture="not a real picture"))
    assert body["session_name"] == name
    assert body["picture"] == "not a real picture"
    assert api.get(f"/sessions/{body['session_id']}")["session_name"] == name


def test_limits_count_characters(api, plan):
    longest = "谁" * 256
    body = api.post("/sessions", plan(session_name=longest, picture="p" * 2048))
    assert body["session_name"] == longest


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        ("Wed, 08 Jun 2050 04:07:11 GMT", "Wed, 08 Jun 2050 04:07:11 GMT"),
        ("2050-06-08T04:07:11Z", "2050-06-08T04:07:11.000Z"),
        ("2050-06-08T14:07:11.014+10:00", "2050-06-08T04:07:11.014Z"),
        ("2050-06-08T04:07:11+0000", "2050-06-08T04:07:11.000Z"),
        ("2050-06-08T04:07:11.123456Z", "2050-06-08T04:07:11.123Z"),
    ],
)
def test_dates_are_answered_in_the_style_they_were_written(api, plan, sent, answered):
    body = api.post("/sessions", plan(start_time=sent, end_time=END))
    assert body["start_time"] == answered
    assert api.get("/sessions")["content"][0]["start_time"] == answered


def test_the_java_sdk_reads_iso_whoever_wrote(api, plan):
    agent = {"user-agent": "Coviu-Api-Client/1.0-SNAPSHOT/java"}
    body = api.post("/sessions", plan(), **agent)
    assert body["start_time"] == "2050-06-08T04:07:11.000Z"


def test_now_in_whole_seconds_is_still_the_future(api, plan):
    now = timezone.now().replace(microsecond=0)
    api.post("/sessions", plan(start_time=format_datetime(now, usegmt=True)))


@pytest.mark.usefixtures("nothing_stored")
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"start_time": ...}, "start_time"),
        ({"end_time": ...}, "end_time"),
        ({"start_time": None}, "start_time"),
        ({"start_time": "2050-06-08"}, "start_time"),
        ({"start_time": "2050-06-08T04:07:11"}, "start_time"),
        ({"start_time": 2596680431}, "start_time"),
        ({"start_time": ["Wed"]}, "start_time"),
        ({"start_time": "Wed, 32 Jun 2050 04:07:11 GMT"}, "start_time"),
        ({"start_time": "0001-01-01T00:00:00+14:00"}, "start_time"),
        ({"start_time": "9999-12-31T23:59:59-12:00"}, "start_time"),
        ({"start_time": "Wed, 08 Jun 0001 04:07:11 GMT"}, "start"),
        ({"end_time": "9999-12-30T00:00:00Z"}, "end_time"),
        ({"end_time": "2050-06-08T04:07:٣١Z"}, "end_time"),
        ({"start_time": "Wed, 08 Jun 2016 04:07:11 GMT"}, "start"),
        ({"end_time": START}, "end"),
        ({"end_time": "Wed, 08 Jun 2049 04:07:11 GMT"}, "end"),
        ({"session_name": "x" * 257}, "session_name"),
        ({"session_name": 5}, "session_name"),
        ({"session_name": {"a": 1}}, "session_name"),
        ({"session_name": True}, "session_name"),
        ({"session_name": "a\x00b"}, "session_name"),
        ({"picture": "x" * 2049}, "picture"),
        ({"picture": ["x"]}, "picture"),
        ({"participants": {"role": "host"}}, "participants"),
        ({"participants": "host"}, "participants"),
        ({"participants": [{"role": "host"}, {"role": "king"}]}, "participants.1.role"),
        ({"participants": [{"role": "host"}, {}]}, "participants.1.role"),
        ({"participants": [{"role": None}]}, "participants.0.role"),
        ({"participants": [{"role": 1}]}, "participants.0.role"),
        ({"participants": ["host"]}, "participants.0"),
        ({"participants": [None]}, "participants.0"),
        ({"participants": [{"role": "host", "state": "x" * 257}]}, "participants.0.state"),
        ({"participants": [{"role": "guest"}] * 1001}, "participants"),
        ({"feature_flags": "x"}, "feature_flags"),
        ({"feature_flags": [1]}, "feature_flags.0"),
    ],
)
def test_bad_plans_are_refused_and_store_nothing(api, plan, changes, message):
    refusal = api.post("/sessions", plan(**changes), status=400)
    assert message in refusal["error"]["message"]


@pytest.mark.usefixtures("nothing_stored")
@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b"5", b'"x"', b"\xff\xfe", b'{"a": NaN}', b"[" * 100_000,
        b'{"session_name": "\\ud800", "start_time": "2050-06-08T04:07:11Z",'
        b' "end_time": "2050-06-08T05:07:11Z"}',
        b'{"start_time": ' + b"9" * 9000 + b"}",
    ],
)  # fmt: skip
def test_unreadable_bodies_are_400(coviu, body):
    answer = coviu.generic("POST", "/v1/sessions", body, content_type="application/json")
    assert answer.status_code == 400
    assert set(answer.json()["error"]) == {"code", "message"}


@pytest.mark.usefixtures("nothing_stored")
def test_a_role_that_no_answer_can_carry_is_refused(coviu, plan):
    body = json.dumps(plan(participants=[{"role": "\ud800"}]))
    answer = coviu.generic("POST", "/v1/sessions", body, content_type="application/json")
    assert answer.status_code == 400
    assert "participants.0.role" in answer.json()["error"]["message"]


@pytest.mark.usefixtures("nothing_stored")
def test_oversized_bodies_and_foreign_types_are_refused(coviu):
    big = b'{"session_name": "' + b"x" * 1_100_000 + b'"}'
    answer = coviu.generic("POST", "/v1/sessions", big, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")
    for content_type in ("text/plain", "application/xml", "multipart/form-data; boundary=x"):
        answer = coviu.generic("POST", "/v1/sessions", b"x=1", content_type=content_type)
        assert answer.status_code == 415
        assert set(answer.json()["error"]) == {"code", "message"}


def test_the_charset_of_the_java_sdk_is_understood(coviu):
    answer = coviu.generic(
        "POST",
        "/v1/sessions",
        '{"start_time":"2050-06-08T04:07:11Z","end_time":"2050-06-08T05:07:11Z"}',
        content_type="application/json; charset=utf-8",
    )
    assert answer.status_code == 200


def test_creating_is_recorded_without_entry_ids(api, plan, api_client):
    body = api.post("/sessions", plan())

    [event] = Event.objects.filter(type="session.created")
    assert (event.team_id, event.subject_id) == (api_client.team_id, body["session_id"])
    assert (event.actor_kind, event.actor_id, event.dialect) == (
        "api_client", api_client.client_id, "coviu",
    )  # fmt: skip
    assert [p["peer_id"] for p in event.payload["participants"]] == [
        p["peer_id"] for p in body["participants"]
    ]
    for person in body["participants"]:
        assert person["participant_id"] not in str(event.payload)


def test_it_takes_the_same_queries_for_any_number_of_participants(
    api, plan, django_assert_num_queries
):
    for number in (1, 50):
        people = [{"role": "guest"}] * number
        # token, savepoint, session, participants, event, release
        with django_assert_num_queries(6):
            api.post("/sessions", plan(participants=people))
    assert Participant.across_teams.count() == 51
    assert Session.across_teams.count() == 2


def test_a_start_just_beyond_the_slack_is_refused(api, plan, settings):
    settings.SESSION_START_SLACK_SECONDS = 60
    start = timezone.now() - timedelta(seconds=50)
    api.post("/sessions", plan(start_time=start.isoformat()))
    start = timezone.now() - timedelta(seconds=70)
    assert api.post("/sessions", plan(start_time=start.isoformat()), status=400)
