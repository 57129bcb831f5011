"""What no honest client sends, to every call: the envelope, no crash, nothing changed."""

import json

import pytest

from accounts.liveroom_urls import urlpatterns as of_accounts
from accounts.models import Login, SignatureUser, User
from rooms.liveroom_urls import urlpatterns as of_rooms
from rooms.models import Membership, Room
from tests.dialects.liveroom.conftest import SALT, signed

CALLS = [str(pattern.pattern) for pattern in [*of_accounts, *of_rooms]]
NEEDS_TOKEN = [call for call in CALLS if not call.startswith("oauth/")]
EXTRA = {"appId": "1", "roomId": "r", "name": "x", "title": "x"}
ODD = ["\x00", "\ud800", "a" * 5000, "' OR 1=1 --", "../../x", "%00", "💥" * 40, "-1", "１２"]


def rows():
    return [model.objects.count() for model in (User, Login, SignatureUser, Membership)] + [
        Room.across_teams.count()
    ]


@pytest.mark.parametrize("call", CALLS)
class TestBodies:
    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ("{", 400),
            ("[" * 200_000, 400),
            ('{"userId": NaN}', 400),
            (b"\xff\xfe{}", 400),
            ('{"title": ' + "[" * 600 + "]" * 600 + "}", None),
            ("[]", 400),
            ('"text"', 400),
            ('{"a": "' + "x" * 1_100_000 + '"}', 413),
        ],
    )
    def test_what_is_no_object_is_refused(self, anna, call, body, status):
        before = rows()
        answer = anna.send("POST", f"/base/v1/{call}", body)
        if status:
            assert (anna.status, answer["errorCode"]) == (status, 98)
        assert answer["errorCode"] not in (0, 99)
        assert rows() == before

    def test_too_many_fields_and_too_long_a_form_are_refused(self, anna, call):
        before = rows()
        form = "application/x-www-form-urlencoded"
        many = "&".join(f"a{n}=1" for n in range(5000))
        assert anna.send("POST", f"/base/v1/{call}", many, form)["errorCode"] == 98
        long = "a=" + "x" * 1_100_000
        assert anna.send("POST", f"/base/v1/{call}", long, form)["errorCode"] == 98
        assert rows() == before

    @pytest.mark.parametrize("value", [[], {}, [[["x"]]], {"a": {"b": 1}}, [1, 2], 1e400, 10**40])
    def test_values_of_another_shape_are_refused_or_ignored(self, anna, call, value):
        body = json.dumps({**EXTRA, "userId": value, "token": value}).replace("Infinity", "1e400")
        before = rows()
        answer = anna.send("POST", f"/base/v1/{call}", body)
        assert answer["errorCode"] or call == "auth_users/user_logout"
        assert rows() == before


@pytest.mark.parametrize("call", NEEDS_TOKEN)
@pytest.mark.parametrize("odd", ODD)
def test_odd_ids_and_texts_never_crash(anna, call, odd):
    for name in ("roomId", "title", "searchUserId", "searchPhone", "startUtc", "limit", "name"):
        body = json.dumps({**EXTRA, **anna.me, name: odd})
        if call == "auth_users/user_delete":
            continue
        answer = anna.send("POST", f"/base/v1/{call}", body)
        assert answer["errorCode"] in {0, 98, 103, 204, 206, 2000, 2001, 2002, 2003, 2004}, answer
        if call == "auth_users/user_logout":
            anna.sign_in(nonce=name)


@pytest.mark.parametrize("odd", ODD)
def test_odd_credentials_are_unknown_ones(anna, odd):
    answer = anna.send(
        "POST", "/base/v1/auth_users/user_query", json.dumps(anna.me | {"userId": odd})
    )
    assert answer["errorCode"] == 204
    answer = anna.send(
        "POST", "/base/v1/auth_users/user_query", json.dumps(anna.me | {"token": odd})
    )
    assert answer["errorCode"] == 204
    out = anna.send("POST", "/base/v1/auth_users/user_logout", json.dumps(anna.me | {"token": odd}))
    assert out["errorCode"] == 0
    assert anna.user("user_query")["errorCode"] == 0


def test_refusals_are_http_200_where_that_is_set(anna, settings):
    settings.LIVEROOM_ERROR_HTTP_STATUS = 200
    for call in CALLS:
        answer = anna.call(call)
        assert (answer["errorCode"] != 0, anna.status) == (True, 200), call
    assert anna.call("rooms/nothing")["errorCode"] == 99
    assert anna.status == 200
    anna.send("POST", "/base/v1/nothing")
    assert anna.status == 404


def test_a_request_id_of_a_gateway_comes_back(anna, client):
    path = "/base/v1/auth_users/user_keepalive"

    def told(query, **headers):
        return client.get(path, query, headers=headers).json().get("requestId")

    assert told(anna.me, **{"x-request-id": "abc-1"}) == "abc-1"
    assert told({}, **{"x-scf-request-id": "abc-2"}) == "abc-2"
    assert told(anna.me) is None
    assert told(anna.me, **{"x-request-id": "a" * 129}) is None
    assert told(anna.me, **{"x-request-id": "a\tb\x7f"}) is None


@pytest.mark.parametrize("stage", ["staging", "PROD", "v2", "prod/prod", "%00"])
def test_an_unknown_stage_is_an_unknown_path_of_the_dialect(liveroom, stage):
    answer = liveroom.send("GET", f"/{stage}/base/v1/rooms/room_detail")
    assert (answer["errorCode"], liveroom.status) == (99, 404)


class TestTenant:
    @pytest.fixture
    def tenant(self, settings):
        settings.LIVEROOM_TENANT = "acme"

    def test_new_ids_of_people_and_rooms_carry_it(self, tenant, anna):
        assert anna.me["userId"].startswith("acme-")
        reserved = anna.call("rooms/generate_roomid", **anna.me)["data"]["roomId"]
        assert reserved.startswith("acme-")

    def test_a_room_id_with_and_without_it_is_one_room(self, tenant, anna):
        for sent in ("r", "acme-r"):
            entered = anna.call("rooms/enter_room", **anna.me, appId="1", roomId=sent)
            assert entered["data"]["roomId"] == "acme-r"
        listed = anna.call("rooms/query_room", **anna.me, appId="1", roomIds=["r"])["data"]
        assert [room["roomId"] for room in listed] == ["acme-r"]
        assert [room["ownBy"] for room in listed] == [anna.me["userId"]]
        assert Room.across_teams.count() == 1

    def test_the_app_id_of_the_answer_is_the_tenant(self, tenant, liveroom):
        liveroom.register()
        assert liveroom.sign_in()["apaasAppId"] == "acme"


def test_a_salt_with_any_text_signs(liveroom):
    salt = "密" * 32
    assert liveroom.register(salt=salt)["errorCode"] == 0
    assert liveroom.call("oauth/signature", **signed(salt=salt))["errorCode"] == 0
    assert liveroom.call("oauth/signature", **signed(salt=SALT))["errorCode"] == 98
