"""Every call of rooms with what it must refuse: the code of the call, and nothing written."""

import json
from urllib.parse import urlencode

import pytest
import time_machine

from accounts.models import LiveRoomToken
from rooms.models import Room
from rtcserver.models import Event
from tests.rooms.people import APP, Person

CALLS = {  # api -> (its code, what it needs)
    "generate_roomid": (2000, {}),
    "enter_room": (2000, {"appId": APP}),
    "room_detail": (2002, {"roomId": "r"}),
    "query_room": (2002, {"appId": APP}),
    "list_users": (2002, {"roomId": "r"}),
    "leave_room": (2003, {"roomId": "r"}),
    "destroy_room": (2001, {"roomId": "r"}),
    "update_room": (2000, {"roomId": "r"}),
}
REQUIRED = [
    (api, name) for api, (_code, given) in CALLS.items() for name in ("userId", "token", *given)
]
BAD_VALUES = ["", None, "x" * 513, {"a": 1}, ["a", "b"], "a\x00b"]
LONG = [
    ("generate_roomid", "category", 33), ("generate_roomid", "title", 65),
    ("enter_room", "role", 33), ("enter_room", "category", 33), ("enter_room", "title", 65),
    ("enter_room", "roomId", 65), ("enter_room", "appId", 33),
    ("update_room", "cover", 513), ("update_room", "subject", 65), ("update_room", "role", 33),
    ("update_room", "description", 513), ("update_room", "title", 65),
    ("update_room", "category", 33), ("query_room", "category", 33),
]  # fmt: skip


@pytest.fixture
def person(db):
    person = Person("Anna")
    person.enter("r", title="Mine")
    return person


def facts():
    return Event.objects.count(), list(Room.across_teams.values_list("name", "closed_at"))


@pytest.mark.parametrize(("api", "name"), REQUIRED)
def test_what_is_needed_and_bad_gives_the_code_of_the_call(person, api, name):
    code, given = CALLS[api]
    before = facts()
    for bad in [*BAD_VALUES, ...]:
        answer = person.call(api, **given | {name: bad})
        assert answer["errorCode"] == code, (bad, answer)
    assert facts() == before


@pytest.mark.parametrize(("api", "name"), REQUIRED)
def test_a_form_and_a_query_are_refused_alike(person, api, name):
    code, given = CALLS[api]
    sent = {"userId": person.id, "token": person.token} | given | {name: ""}
    form = person.http.post(f"/base/v1/rooms/{api}", sent)
    query = person.http.get(f"/prod/base/v1/rooms/{api}?{urlencode(sent)}")
    assert [form.json()["errorCode"], query.json()["errorCode"]] == [code, code]


@pytest.mark.parametrize("api", CALLS)
def test_a_token_that_is_not_good_is_refused_after_the_parameters(person, api):
    _code, given = CALLS[api]
    assert person.code(api, **given, token="nonsense") == 204
    assert person.code(api, **given | {"userId": "999999"}) == 204
    expires_at = LiveRoomToken.objects.get().expires_at
    with time_machine.travel(expires_at):
        assert person.code(api, **given) == 203


@pytest.mark.parametrize(("api", "name", "length"), LONG)
def test_a_text_that_is_too_long_is_refused_and_not_stored(person, api, name, length):
    code, given = CALLS[api]
    before = facts()
    assert person.code(api, **given | {name: "x" * length}) == code
    assert facts() == before
    assert person.code(api, **given | {name: "é" * (length - 1)}) == 0


@pytest.mark.parametrize("api", ["query_room", "list_users"])
@pytest.mark.parametrize("limit", ["101", "-1", "x", "1.5", "9" * 30, [1, 2], {"a": 1}])
def test_a_limit_out_of_range_is_2002(person, api, limit):
    assert person.code(api, **CALLS[api][1], limit=limit) == 2002


@pytest.mark.parametrize(
    "given",
    [
        {"offset": -1}, {"offset": "x"}, {"offset": "9" * 30},
        {"startUtc": "yesterday"}, {"endUtc": "2021-13-01 00:00:00"}, {"startUtc": 5},
        {"startUtc": ["2021-01-01 00:00:00"]}, {"roomIds": ["x"] * 101}, {"roomIds": {"a": 1}},
        {"roomIds": ["x" * 65]}, {"roomIds": [["x"]]}, {"roomIds": [None]},
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_read_is_2002(person, given):
    assert person.code("query_room", appId=APP, **given) == 2002


def test_range_limits_are_looked_at_before_the_token(person):
    assert person.code("query_room", appId=APP, limit=101, token="nonsense") == 2002
    assert person.code("enter_room", appId=APP, role="x" * 33, token="nonsense") == 2000


@pytest.mark.parametrize("api", CALLS)
@pytest.mark.parametrize("body", ["{", "[]", '"x"', "NaN", "[" * 10_000])
def test_a_body_that_is_no_object_is_98(person, api, body):
    answer = person.http.post(f"/base/v1/rooms/{api}", body, content_type="application/json")
    assert answer.json()["errorCode"] == 98
    assert json.loads(answer.content)["version"]


def test_an_unknown_call_is_99(person):
    assert person.code("fly_away") == 99
