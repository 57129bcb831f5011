"""The examples of the original's documentation, as data."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
import time_machine

from sessions_api.models import Participant, Session
from sessions_api.states import State

SESSION = {  # README of the demo backend
    "uuid": "740a243d-c929-47a7-92f6-10d12bf9c425",
    "label": "demo",
    "type": "p2p",
    "permanent": False,
    "data": None,
    "time_created": "2016-03-04T05:21:53.445828Z",
    "live_days": 30,
    "expire_in": "2016-04-03T05:21:53.445Z",
}
TOKEN = {
    "uuid": "65535df7-8e39-48f4-8d78-6413e348e9f1",
    "session_id": "740a243d-c929-47a7-92f6-10d12bf9c425",
    "label": None,
    "type": "pub",
    "permanent": False,
    "data": None,
    "time_created": "2016-03-04T05:43:21.407865Z",
    "live_days": 15,
    "expire_in": "2016-03-19T05:43:21.407Z",
}


def at(text):
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    return time_machine.travel(moment, tick=False)


def but_ids(answered, documented):
    """What was answered with the documented ids in the place of ours, in the order answered."""
    shown = dict(answered)
    for name in ("uuid", "session_id"):
        if name in shown:
            assert UUID(shown[name]).version == 4
            shown[name] = documented[name]
    return list(shown.items())


def test_the_demo_answers_a_session_as_documented(client, db):
    with at(SESSION["time_created"]):
        answer = client.get("/sessions")
    assert answer.status_code == 200
    assert but_ids(answer.json(), SESSION) == list(SESSION.items())


@pytest.mark.parametrize("route", ["/{session}/tokens", "/tokens/demo"])
def test_the_demo_answers_a_token_as_documented(client, db, route):
    with at(SESSION["time_created"]):
        session = client.get("/sessions").json()["uuid"]
    with at(TOKEN["time_created"]):
        answer = client.get(route.format(session=session))
    assert answer.status_code == 200
    assert but_ids(answer.json(), TOKEN) == list(TOKEN.items())


def test_the_management_api_answers_the_same_with_201(rtcat):
    with at(SESSION["time_created"]):
        session = rtcat.post("/sessions", label="demo", type="p2p", permanent="false")
    assert but_ids(session, SESSION) == list(SESSION.items())
    with at(TOKEN["time_created"]):
        token = rtcat.post(
            f"/sessions/{session['uuid']}/tokens",
            type="pub",
            permanent="false",
            number="1",
            session_id=session["uuid"],
        )
    assert but_ids(token, TOKEN) == list(TOKEN.items())
    assert token["session_id"] == session["uuid"]
    assert rtcat.get(f"/sessions/{session['uuid']}") == session
    assert rtcat.get(f"/tokens/{token['uuid']}") == token


def test_they_are_the_sessions_and_participants_of_every_dialect(rtcat, coviu, team):
    made = rtcat.session(label="Surgery", type="rel", data="room 7")
    token = rtcat.token(made, label="Anna", type="sub", data="nurse")

    session = Session.objects.of_team(team.pk).get()
    assert (session.name, session.route, session.data) == ("Surgery", "relay", "room 7")
    assert session.state is State.STARTED
    person = Participant.objects.of_team(team.pk).get()
    assert (person.display_name, person.can_publish, person.data) == ("Anna", False, "nurse")

    shown = coviu.get(f"/v1/sessions/{made['uuid']}").json()
    assert shown["session_name"] == "Surgery"
    [invited] = shown["participants"]
    assert (invited["participant_id"], invited["display_name"]) == (token["uuid"], "Anna")
    coviu.delete(f"/v1/participants/{token['uuid']}")
    rtcat.get(f"/tokens/{token['uuid']}", status=404)


def test_a_planned_session_is_shown_with_the_days_it_has(rtcat, coviu):
    planned = coviu.post(
        "/v1/sessions",
        {
            "session_name": "Check-up",
            "start_time": "Wed, 08 Jun 2050 04:07:11 GMT",
            "end_time": "Wed, 08 Jun 2050 04:17:11 GMT",
            "participants": [{"display_name": "Tom", "role": "host"}],
        },
        content_type="application/json",
    ).json()
    shown = rtcat.get(f"/sessions/{planned['session_id']}")
    assert (shown["label"], shown["type"], shown["permanent"]) == ("Check-up", "p2p", False)
    assert shown["expire_in"] == "2050-06-08T04:17:11.000Z"
    assert shown["live_days"] > 365
    [token] = rtcat.get(f"/sessions/{planned['session_id']}/tokens")["results"]
    assert (token["label"], token["type"], token["live_days"]) == ("Tom", "pub", 15)


def test_an_end_that_another_dialect_moved_is_shown_with_its_days(rtcat, coviu):
    made = rtcat.session()
    end = "2050-06-08T04:17:11.000Z"
    path = f"/v1/sessions/{made['uuid']}"
    coviu.put(path, {"end_time": end}, content_type="application/json")
    shown = rtcat.get(f"/sessions/{made['uuid']}")
    assert shown["expire_in"] == end
    assert shown["live_days"] > 30


def test_a_permanent_session_has_no_end_for_a_coviu_client(rtcat, coviu):
    made = rtcat.session(permanent="true")
    assert coviu.get(f"/v1/sessions/{made['uuid']}").json()["end_time"] is None
    [listed] = coviu.get("/v1/sessions").json()["content"]
    assert (listed["session_id"], listed["end_time"]) == (made["uuid"], None)
    filtered = coviu.get("/v1/sessions?end_time=2999-01-01T00:00:00Z").json()
    assert filtered["content"] == []
