"""Transport, envelope and order of checks of the LiveRoom dialect."""

import pytest
from django.test import Client

from accounts.models import LiveRoomToken, Login, SignatureName, UsedSignature, User
from rtcserver.models import Event
from tests.dialects.liveroom.conftest import signed

UNUSABLE = {"token": "no such token"}


def test_the_helloworld_of_the_gateway(client):
    assert client.get("/helloworld").json() == "HelloWorld"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "REPORT"])
@pytest.mark.parametrize("stage", ["", "/prod", "/dev", "/local", "/test"])
def test_any_method_and_stage_prefix_is_answered(liveroom, method, stage):
    answer = liveroom.send(method, f"{stage}/base/v1/")

    assert answer == {"errorCode": 0, "errorMessage": "ok", "version": "1.0.1"}
    assert liveroom.status == 200


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("encoding", ["json", "form", "query"])
def test_parameters_come_from_query_form_or_json_with_any_method(anna, method, encoding):
    answer = anna.call("auth_users/user_query", encoding, method, **anna.me)

    assert answer["data"]["userId"] == anna.me["userId"]


def test_the_query_wins_over_the_body(anna):
    path = f"/base/v1/auth_users/user_query?token={anna.me['token']}"
    body = f"userId={anna.me['userId']}&token=wrong"

    assert anna.send("POST", path, body, "application/x-www-form-urlencoded")["errorCode"] == 0
    path, body = path.replace(anna.me["token"], "wrong"), body.replace("wrong", anna.me["token"])
    assert anna.send("POST", path, body, "application/x-www-form-urlencoded")["errorCode"] == 204


def test_an_empty_query_parameter_is_as_good_as_none_for_itself(anna):
    path = f"/base/v1/auth_users/user_query?userId={anna.me['userId']}&searchUserId="
    path += f"&token={anna.me['token']}"
    assert anna.send("GET", path)["data"]["userId"] == anna.me["userId"]


def test_apaas_user_id_stands_for_user_id_and_user_id_decides(anna):
    user_id, token = anna.me["userId"], anna.me["token"]
    alias = anna.call("auth_users/user_query", apaasUserId=user_id, token=token)
    assert alias["errorCode"] == 0
    both = {"apaasUserId": "other", "userId": user_id}
    assert anna.call("auth_users/user_query", token=token, **both)["errorCode"] == 0
    both = {"apaasUserId": user_id, "userId": "other"}
    assert anna.call("auth_users/user_query", token=token, **both)["errorCode"] == 204


def test_numbers_and_booleans_in_json_count_as_their_text(anna):
    assert anna.user("user_query", userId=int(anna.me["userId"]))["errorCode"] == 0
    assert anna.user("user_update", name=12, tag=True)["errorCode"] == 0
    shown = anna.user("user_query")["data"]
    assert (shown["name"], shown["tag"]) == ("12", "true")


def test_a_post_without_a_body_and_one_of_an_unknown_type_have_the_query_alone(anna):
    path = f"/base/v1/auth_users/user_query?userId={anna.me['userId']}&token={anna.me['token']}"
    for content_type in ("application/json", "text/plain", "multipart/form-data", ""):
        assert anna.send("POST", path, b"", content_type)["errorCode"] == 0
    assert anna.send("POST", path, b"anything", "text/plain")["errorCode"] == 0


@pytest.mark.parametrize("body", ["{", "[]", '"text"', "null", "1", "NaN", "[" * 100_000, "\xff"])
def test_malformed_json_is_400_with_98(liveroom, body):
    answer = liveroom.send("POST", "/base/v1/oauth/register", body.encode("latin-1"))

    assert (liveroom.status, answer["errorCode"]) == (400, 98)


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded"])
def test_a_body_over_the_limit_is_refused_in_the_envelope(liveroom, content_type):
    answer = liveroom.send("POST", "/base/v1/oauth/register", b" " * 1_100_000, content_type)

    assert (liveroom.status, answer["errorCode"]) == (413, 98)


def test_too_many_fields_are_refused_in_the_envelope(liveroom):
    fields = "&".join(f"a{n}=1" for n in range(2000))
    form = "application/x-www-form-urlencoded"
    assert liveroom.send("POST", "/base/v1/oauth/register", fields, form)["errorCode"] == 98
    assert liveroom.status == 400
    assert liveroom.send("GET", f"/base/v1/oauth/register?{fields}")["errorCode"] == 98


@pytest.mark.parametrize("api", ["oauth/nope", "auth_users/user_login_code", "auth_users/a/b"])
def test_an_unknown_api_of_a_known_group_is_99(liveroom, api):
    answer = liveroom.call(api)

    assert (liveroom.status, answer["errorCode"], answer["codeStr"]) == (500, 99, "SystemError")


@pytest.mark.parametrize("path", ["/base/v1/nope", "/prod/base/v1/cos/config", "/base/v1/oauth"])
def test_an_unknown_path_is_404_with_99(liveroom, path):
    answer = liveroom.send("POST", path)

    assert (liveroom.status, answer["errorCode"]) == (404, 99)


@pytest.mark.parametrize("status", [500, 200])
def test_refusals_have_the_status_of_the_setting(liveroom, settings, status):
    settings.LIVEROOM_ERROR_HTTP_STATUS = status
    answer = liveroom.call("auth_users/user_query", userId="1", **UNUSABLE)

    assert liveroom.status == status
    assert answer["errorCode"] == 204
    assert answer["codeStr"] == "UserTokenInvalid"
    assert answer["errorMessage"].startswith("UserTokenInvalid(204): ")
    assert set(answer) == {"errorCode", "codeStr", "errorMessage", "version"}


def test_refusals_are_no_crashes_to_the_log(liveroom, caplog):
    liveroom.call("auth_users/user_query", userId="1", **UNUSABLE)

    assert [r.levelname for r in caplog.records if "user_query" in r.getMessage()] == ["INFO"]


def test_a_path_cannot_forge_a_line_of_the_log(liveroom, caplog):
    liveroom.send("GET", "/base/v1/oauth/x%0aINFO forged")

    assert "\nINFO forged" not in caplog.text


def test_answers_are_kept_by_no_cache_and_no_referrer(client, db):
    for path in ("/base/v1/oauth/register", "/base/v1/"):
        answer = client.get(path)
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"


class TestOrderOfChecks:
    APIS = ("login_token", "logout", "delete", "update", "query", "keepalive")

    @pytest.mark.parametrize("api", APIS)
    @pytest.mark.parametrize("missing", ["userId", "token", "both"])
    def test_missing_credentials_are_204_everywhere(self, anna, api, missing):
        gone = {"userId", "token"} if missing == "both" else {missing}
        given = {name: value for name, value in anna.me.items() if name not in gone}
        answer = anna.call(f"auth_users/user_{api}", name="x" * 999, **given)
        assert answer["errorCode"] == 204

    @pytest.mark.parametrize("api", ["login_token", "delete", "update", "query", "keepalive"])
    def test_a_bad_token_is_204(self, anna, api):
        assert anna.user(f"user_{api}", name="new", **UNUSABLE)["errorCode"] == 204

    def test_nothing_to_set_is_found_before_the_token(self, anna):
        assert anna.user("user_update", **UNUSABLE)["errorCode"] == 205
        assert anna.user("user_update", avatar="https://a.b/c.png")["errorCode"] == 205

    def test_a_length_is_found_before_the_token(self, anna):
        assert anna.user("user_update", name="x" * 126, **UNUSABLE)["errorCode"] == 98

    def test_another_users_token_is_204(self, anna, client):
        mine = anna.me
        anna.sign_in(tag="other")
        assert anna.user("user_query", token=mine["token"])["errorCode"] == 204


class TestOrigins:
    ORIGIN = "https://live.example.com"

    def ask(self, method="GET", origin=ORIGIN):
        headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        return Client(headers=headers).generic(method, "/base/v1/")

    def test_pages_of_other_origins_read_nothing_by_default(self):
        assert "Access-Control-Allow-Origin" not in self.ask()

    @pytest.mark.parametrize("method", ["GET", "OPTIONS"])
    @pytest.mark.parametrize("allowed", [ORIGIN, "*"])
    def test_listed_origins_may_read_without_credentials(self, settings, method, allowed):
        settings.LIVEROOM_ALLOWED_ORIGINS = [allowed]
        answer = self.ask(method)
        assert answer["Access-Control-Allow-Origin"] == self.ORIGIN
        assert "Access-Control-Allow-Credentials" not in answer

    def test_others_may_not(self, settings):
        settings.LIVEROOM_ALLOWED_ORIGINS = [self.ORIGIN]
        assert "Access-Control-Allow-Origin" not in self.ask(origin="https://evil.example.com")


VALUES = ["", "x" * 5000, "a\x00b", "\ud800", [], ["1", "2"], {}, {"a": 1}, None, -1, 1.5, "漢字"]
ENDPOINTS = {
    "oauth/register": {"username": "bob", "salt": "s" * 32},
    "oauth/signature": signed("bob", nickname="N", avatar="A", hash="md5", name="N", nonce="n"),
    "auth_users/user_login_token": {},
    "auth_users/user_query": {"searchUserId": "1", "searchPhone": "+8613800000000"},
    "auth_users/user_keepalive": {},
    "auth_users/user_update": {"name": "N", "tag": "T", "tag2": "U", "avatar": "A"},
    "auth_users/user_logout": {},
    "auth_users/user_delete": {},
}


@pytest.mark.parametrize("encoding", ["json", "form", "query"])
@pytest.mark.parametrize("api", ENDPOINTS)
def test_a_bad_value_is_refused_in_the_envelope_and_nothing_is_written(anna, api, encoding):
    good = ENDPOINTS[api] | ({} if api.startswith("oauth") else anna.me)
    for name in good:
        for value in VALUES:
            if encoding != "json" and (isinstance(value, dict) or value in ("\ud800", None)):
                continue  # cannot be said there
            before = rows()
            answer = anna.call(api, encoding, **good | {name: value})
            assert answer["version"] == "1.0.1"
            assert answer["errorCode"] in (0, 98, 204, 205, 206), (name, value, answer)
            assert anna.status == (500 if answer["errorCode"] else 200)
            if answer["errorCode"]:
                assert rows() == before, (name, value)


def rows():
    counted = [SignatureName, Login, LiveRoomToken, UsedSignature, User, Event]
    return [model.objects.count() for model in counted]


def test_a_json_number_beyond_every_range_is_refused(liveroom):
    body = '{"username": 1e400, "salt": %s}' % ("9" * 5000)
    assert liveroom.send("POST", "/base/v1/oauth/register", body)["errorCode"] == 98
