"""`POST /v1/auth/token`: contract A.3."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import AccessToken, RefreshToken, TeamMembership
from accounts.services import (
    create_api_client,
    create_api_user,
    create_auth_code,
    disable_api_client,
    rotate_secret,
    update_api_client,
)
from tests.conftest import TESTER
from tests.factories import TeamFactory

FIELDS = {"access_token", "refresh_token", "expires_in", "token_type", "scope"}


def may_read(token: str) -> bool:
    return (
        Client(headers={"Authorization": f"Bearer {token}"}).get("/v1/sessions").status_code == 200
    )


def claims(token: str) -> dict:
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


@pytest.fixture
def tokens(token_request, key):
    client, secret = key

    def ask(**form):
        return token_request(client.client_id, secret, **form)

    return ask


def test_client_credentials_answer_all_five_fields(tokens, api_client):
    answer = tokens(grant_type="client_credentials")

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "no-store"
    body = answer.json()
    assert set(body) == FIELDS
    assert (body["token_type"], body["expires_in"], body["scope"]) == (
        "Bearer",
        3600,
        "sessions rooms events",
    )
    assert may_read(body["access_token"])


def test_access_token_is_a_jwt_that_names_no_user_for_a_key(tokens, api_client):
    token = tokens(grant_type="client_credentials").json()["access_token"]

    assert claims(token)["userId"] is None
    assert claims(token)["client_id"] == api_client.client_id


def test_refresh_gives_a_new_access_token_and_the_same_refresh_token(tokens):
    first = tokens(grant_type="client_credentials").json()
    second = tokens(grant_type="refresh_token", refresh_token=first["refresh_token"])

    assert second.status_code == 200
    assert set(second.json()) == FIELDS
    assert second.json()["refresh_token"] == first["refresh_token"]
    assert second.json()["access_token"] != first["access_token"]
    assert may_read(first["access_token"]), "requests in flight keep their token"
    assert may_read(second.json()["access_token"])


def test_access_token_ends_after_its_hour(tokens):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        token = tokens(grant_type="client_credentials").json()["access_token"]
        clock.shift(3599)
        assert may_read(token)
        clock.shift(2)
        assert not may_read(token)


def test_refresh_token_lives_400_days_after_its_last_use(tokens):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        refresh = tokens(grant_type="client_credentials").json()["refresh_token"]
        for _year in range(3):
            clock.shift(399 * 86400)
            assert tokens(grant_type="refresh_token", refresh_token=refresh).status_code == 200
        clock.shift(401 * 86400)
        refused = tokens(grant_type="refresh_token", refresh_token=refresh)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


@pytest.mark.django_db(transaction=True)
def test_workers_may_refresh_at_once_with_the_same_token(token_request, key):
    client, secret = key
    first = token_request(client.client_id, secret, grant_type="client_credentials").json()

    def refresh(_worker):
        try:
            return token_request(
                client.client_id,
                secret,
                grant_type="refresh_token",
                refresh_token=first["refresh_token"],
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(refresh, range(16)))
    assert [answer.status_code for answer in answers] == [200] * 16
    assert len({answer.json()["access_token"] for answer in answers}) == 16


def test_only_the_newest_thousand_refresh_tokens_of_a_key_live(tokens, monkeypatch):
    monkeypatch.setattr("accounts.oauth.LIVE_REFRESH_TOKENS", 3)
    oldest, *rest = [tokens(grant_type="client_credentials").json() for _ in range(4)]

    assert RefreshToken.objects.count() == 3
    assert may_read(oldest["access_token"]), "its access token lives out its hour"
    answer = tokens(grant_type="refresh_token", refresh_token=oldest["refresh_token"])
    assert answer.status_code == 400
    answer = tokens(grant_type="refresh_token", refresh_token=rest[0]["refresh_token"])
    assert answer.status_code == 200


def test_nothing_usable_rests_in_the_database(tokens, key):
    issued = tokens(grant_type="client_credentials").json()
    client, secret = key

    stored = [
        *AccessToken.objects.values_list("token", "token_checksum"),
        *RefreshToken.objects.values_list("token", "token_checksum"),
        (client.client_secret,),
    ]
    for text in (issued["access_token"], issued["refresh_token"], secret):
        assert text not in str(stored)


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({}, 400, "invalid_request"),
        ({"grant_type": "implicit"}, 400, "unsupported_grant_type"),
        ({"grant_type": "urn:ietf:params:oauth:grant-type:device_code"}, 400, None),
        ({"grant_type": "refresh_token"}, 400, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "nope"}, 400, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "a\x00b"}, 400, "invalid_request"),
        ({"grant_type": "authorization_code"}, 400, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "nope"}, 400, "invalid_grant"),
        ({"grant_type": "password"}, 400, "invalid_request"),
        ({"grant_type": "password", "username": "a@b.c", "password": "x"}, 400, "invalid_grant"),
        ({"grant_type": "client_credentials", "scope": "system"}, 400, "invalid_scope"),
        ({"grant_type": ["client_credentials", "password"]}, 400, "invalid_request"),
    ],
)
def test_refusals_are_oauth_json(tokens, form, status, error):
    answer = tokens(**form)

    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "no-store"
    assert error is None or answer.json()["error"] == error
    assert answer.json()["error_description"]


def test_a_key_in_the_body_that_is_not_the_one_that_asks_is_a_bad_request(tokens):
    answer = tokens(grant_type="client_credentials", client_id="another")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("wrong", ["secret", "key", "nul", "nothing", "garbage"])
def test_wrong_credentials_are_401_with_a_basic_challenge(client, token_request, key, wrong):
    api_client, secret = key
    match wrong:
        case "secret":
            answer = token_request(api_client.client_id, "x", grant_type="client_credentials")
        case "key":
            answer = token_request("unknown", secret, grant_type="client_credentials")
        case "nul":
            answer = token_request("a\x00b", secret, grant_type="client_credentials")
        case "nothing":
            answer = client.post("/v1/auth/token", {"grant_type": "client_credentials"})
        case "garbage":
            answer = client.post(
                "/v1/auth/token",
                {"grant_type": "client_credentials"},
                headers={"Authorization": "Basic ===="},
            )
    assert answer.status_code == 401
    assert answer.json().keys() == {"error", "error_description"}
    assert answer.json()["error"] == "invalid_client"
    assert answer["WWW-Authenticate"].startswith("Basic")


def test_credentials_in_the_body_do_not_count(client, key):
    api_client, secret = key
    form = {"grant_type": "client_credentials", "client_id": api_client.client_id}
    answer = client.post("/v1/auth/token", form | {"client_secret": secret})
    assert answer.status_code == 401


def test_other_methods_and_bodies_are_refused_in_json(client, key):
    assert client.get("/v1/auth/token").status_code == 405
    for content_type, body in [
        ("application/json", '{"grant_type": "client_credentials"}'),
        ("multipart/form-data; boundary=x", "broken"),
        ("application/x-www-form-urlencoded", "a=1&" * 2000),
        ("application/x-www-form-urlencoded", "a=" + "x" * 2_000_000),
    ]:
        answer = client.generic("POST", "/v1/auth/token", body, content_type=content_type)
        assert answer.status_code in (400, 413), content_type
        assert answer["Content-Type"] == "application/json"
        assert "error" in answer.json()


def test_guessing_is_slowed_down_and_whoever_knows_the_secret_is_not(token_request, key):
    api_client, secret = key
    for _try in range(30):
        token_request(api_client.client_id, "wrong" * 10, grant_type="client_credentials")
    answer = token_request(api_client.client_id, "wrong" * 10, grant_type="client_credentials")
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    answer = token_request(api_client.client_id, secret, grant_type="client_credentials")
    assert answer.status_code == 200


def test_a_refresh_gives_no_scope_that_the_key_has_lost(tokens, api_client):
    update_api_client(api_client, actor=TESTER, name="x", scopes=["sessions", "team"])
    refresh = tokens(grant_type="client_credentials").json()["refresh_token"]
    update_api_client(api_client, actor=TESTER, name="x", scopes=["sessions"])
    answer = tokens(grant_type="refresh_token", refresh_token=refresh).json()
    assert answer["scope"] == "sessions"


def test_a_rotated_secret_and_a_disabled_key_end_every_token(token_request, bearer, key):
    client, secret = key
    first = token_request(client.client_id, secret, grant_type="client_credentials").json()
    new_secret = rotate_secret(client, actor=TESTER)
    assert not may_read(first["access_token"])
    refused = token_request(client.client_id, secret, grant_type="client_credentials")
    assert refused.status_code == 401
    second = token_request(client.client_id, new_secret, grant_type="client_credentials").json()
    disable_api_client(client, actor=TESTER)
    assert not may_read(second["access_token"])
    answer = token_request(client.client_id, new_secret, grant_type="client_credentials")
    assert answer.status_code == 401


def test_a_closed_team_shuts_out_its_keys(tokens, team):
    token = tokens(grant_type="client_credentials").json()["access_token"]
    team.is_active = False
    team.save()
    assert not may_read(token)
    assert tokens(grant_type="client_credentials").status_code == 401


class TestPasswordGrant:
    @pytest.fixture
    def person(self, team):
        person = create_api_user(actor=TESTER, email="Ana@example.com", password="correct horse")
        TeamMembership.objects.create(team=team, user=person)
        return person

    def ask(self, tokens, password="correct horse"):
        return tokens(grant_type="password", username="ana@example.com", password=password)

    def test_acts_for_the_person(self, tokens, person):
        body = self.ask(tokens).json()
        assert set(body) == FIELDS
        assert claims(body["access_token"])["userId"] == person.public_id

    def test_an_inactive_person_is_refused_and_their_tokens_end(self, tokens, person):
        body = self.ask(tokens).json()
        person.is_active = False
        person.save()
        assert not may_read(body["access_token"])
        assert self.ask(tokens).status_code == 400
        refresh = tokens(grant_type="refresh_token", refresh_token=body["refresh_token"])
        assert refresh.status_code == 400

    def test_a_person_of_another_team_is_refused(self, tokens, person):
        TeamMembership.objects.all().delete()
        assert self.ask(tokens).json()["error"] == "invalid_grant"

    def test_guessing_passwords_is_slowed_down(self, tokens, person):
        for _try in range(30):
            assert self.ask(tokens, password="wrong").status_code == 400
        assert self.ask(tokens, password="wrong").status_code == 429
        assert self.ask(tokens).status_code == 200, "whoever knows it is not kept out"

    def test_is_off_unless_the_setting_opens_it(self, tokens, person, settings):
        settings.OAUTH2_PROVIDER = settings.OAUTH2_PROVIDER | {
            "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True
        }
        assert self.ask(tokens).status_code == 400


class TestAuthorizationCode:
    @pytest.fixture
    def code(self, api_client):
        person = create_api_user(actor=TESTER, email="ana@example.com", password="correct horse")
        return create_auth_code(application=api_client, user_id=person.pk)

    def test_is_redeemed_once_without_redirect_uri(self, tokens, code):
        body = tokens(grant_type="authorization_code", code=code).json()
        assert set(body) == FIELDS
        assert may_read(body["access_token"])
        assert tokens(grant_type="authorization_code", code=code).json()["error"] == "invalid_grant"

    def test_another_key_of_the_same_team_may_redeem_it(self, token_request, team, code):
        client, secret = create_api_client(actor=TESTER, team=team, name="Second")
        answer = token_request(client.client_id, secret, grant_type="authorization_code", code=code)
        assert answer.status_code == 200

    def test_another_team_may_not(self, token_request, code):
        client, secret = create_api_client(actor=TESTER, team=TeamFactory(), name="Foreign")
        answer = token_request(client.client_id, secret, grant_type="authorization_code", code=code)
        assert answer.status_code == 400

    def test_ends_after_ten_minutes(self, tokens, code):
        with time_machine.travel(timezone.now() + timedelta(seconds=601)):
            assert tokens(grant_type="authorization_code", code=code).status_code == 400

    @pytest.mark.django_db(transaction=True)
    def test_sixteen_redeemers_get_one_grant(self, token_request, key, code):
        client, secret = key

        def redeem(_racer):
            try:
                form = {"grant_type": "authorization_code", "code": code}
                return token_request(client.client_id, secret, **form).status_code
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(redeem, range(16)))
        assert sorted(statuses) == [200] + [400] * 15


class TestRevocationAndIntrospection:
    @pytest.fixture
    def call(self, client, key):
        api_client, secret = key
        credentials = base64.b64encode(f"{api_client.client_id}:{secret}".encode()).decode()

        def call(path, **form):
            return client.post(path, form, headers={"Authorization": f"basic {credentials}"})

        return call

    def test_revoking_an_access_token_ends_it_alone(self, tokens, call):
        issued = tokens(grant_type="client_credentials").json()
        assert call("/v1/auth/revoke", token=issued["access_token"]).status_code == 200
        assert not may_read(issued["access_token"])
        refresh = tokens(grant_type="refresh_token", refresh_token=issued["refresh_token"])
        assert refresh.status_code == 200

    def test_revoking_a_refresh_token_ends_every_access_token_it_gave(self, tokens, call):
        issued = tokens(grant_type="client_credentials").json()
        later = tokens(grant_type="refresh_token", refresh_token=issued["refresh_token"]).json()
        assert call("/v1/auth/revoke", token=issued["refresh_token"]).status_code == 200
        assert not may_read(issued["access_token"])
        assert not may_read(later["access_token"])

    def test_foreign_tokens_are_neither_revoked_nor_described(self, token_request, call):
        other, secret = create_api_client(actor=TESTER, team=TeamFactory(), name="Other")
        foreign = token_request(other.client_id, secret, grant_type="client_credentials").json()
        for token in (foreign["access_token"], foreign["refresh_token"], "unknown"):
            assert call("/v1/auth/revoke", token=token).status_code == 200
            assert call("/v1/auth/introspect", token=token).json() == {"active": False}
        assert may_read(foreign["access_token"])

    def test_own_tokens_are_described(self, tokens, call, api_client):
        issued = tokens(grant_type="client_credentials").json()
        described = call("/v1/auth/introspect", token=issued["access_token"]).json()
        assert described["active"] is True
        assert described["client_id"] == api_client.client_id
        assert described["exp"] - described["iat"] == 3600
        assert call("/v1/auth/introspect", token=issued["refresh_token"]).json()["active"] is True

    def test_both_need_the_key(self, client):
        for path in ("/v1/auth/revoke", "/v1/auth/introspect"):
            assert client.post(path, {"token": "x"}).status_code == 401


def test_metadata_names_the_endpoints(client):
    described = client.get("/.well-known/oauth-authorization-server").json()
    assert described["issuer"] == "http://127.0.0.1:8000"
    assert described["token_endpoint"] == "http://127.0.0.1:8000/v1/auth/token"
    assert "client_credentials" in described["grant_types_supported"]
