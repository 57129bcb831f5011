"""API clients made at the command line, and the provisioning calls of contract A.9."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import ApiClient, Team
from accounts.services import create_api_client
from tests.conftest import TESTER
from tests.factories import TeamFactory


def created(*options):
    out = StringIO()
    call_command("create_api_client", *options, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_the_command_creates_team_and_client_once(db, token_request):
    first = created("--team", "Clinic", "--name", "Back office")
    second = created("--team", "Clinic", "--name", "Mobile app")

    assert set(first) == {"api_key", "key_secret", "team_id"}
    assert first["team_id"] == second["team_id"] == str(Team.objects.get().public_id)
    answer = token_request(first["api_key"], first["key_secret"], grant_type="client_credentials")
    assert answer.status_code == 200


def test_the_secret_is_stored_hashed(db):
    made = created("--team", "Clinic", "--name", "Back office")
    [stored] = ApiClient.across_teams.values_list("client_secret", flat=True)
    assert stored.startswith("machine_secret$")
    assert made["key_secret"] not in stored


def test_an_unknown_scope_is_refused(db):
    with pytest.raises(CommandError):
        created("--team", "Clinic", "--name", "x", "--scope", "everything")
    assert not Team.objects.exists()


@pytest.fixture
def system(db, bearer):
    made = create_api_client(
        actor=TESTER, team=TeamFactory(name="Operator"), name="Provisioner", scopes=["system"]
    )
    return bearer(*made)


def post(http, path, **body):
    answer = http.post(path, body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_the_provisioning_calls_lead_to_a_usable_team(system, token_request, client):
    user = post(
        system,
        "/v1/users",
        email="ana@example.com",
        firstName="Ana",
        lastName="Silva",
        password="correct horse",
        alias="ana",
        imageUrl="",
    )["userId"]
    team = post(system, f"/v1/users/{user}/teams", name="Silva", subdomain="silva", imageUrl="")
    team_id = team["teamId"]
    key = post(
        system,
        "/v1/system/clients",
        client_name="SDK",
        ownerId=user,
        scope=[f"team_api[{team_id}]"],
    )
    grant = token_request(
        key["clientId"],
        key["secret"],
        grant_type="password",
        username="ana@example.com",
        password="correct horse",
    ).json()
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {grant['access_token']}"
    app = post(client, f"/v1/teams/{team_id}/applications", name="Portal")["appId"]
    other = post(client, f"/v1/teams/{team_id}/clients", client_name="Second")
    code = post(client, "/v1/user/auth-codes", clientId=app, teamId=team_id)["code"]
    redeemed = token_request(
        other["clientId"], other["secret"], grant_type="authorization_code", code=code
    )
    assert redeemed.status_code == 200
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {redeemed.json()['access_token']}"
    assert client.get("/v1/user/team").json()["name"] == "Silva"
    assert client.get("/v1/sessions").json()["content"] == []


def test_provisioning_needs_the_system_scope(coviu):
    answer = coviu.post("/v1/users", {"email": "a@b.cc"}, content_type="application/json")
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "permission_denied"


def test_a_team_scope_reaches_its_own_team_only(bearer, team):
    http = bearer(*create_api_client(actor=TESTER, team=team, name="x", scopes=["team"]))
    foreign = TeamFactory()
    answer = http.post(
        f"/v1/teams/{foreign.public_id}/clients",
        {"client_name": "spy"},
        content_type="application/json",
    )
    assert answer.status_code == 404
    assert not ApiClient.objects.of_team(foreign.pk).exists()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "no", "password": "longenough"},
        {"email": "a@b.cc", "password": 5},
        {"email": "a@b.cc"},
        [],
        {"email": "a@b.cc", "password": "longenough", "firstName": {"a": 1}},
    ],
)
def test_bad_users_are_refused(system, body):
    answer = system.post("/v1/users", json.dumps(body), content_type="application/json")
    assert answer.status_code == 400
    assert set(answer.json()["error"]) == {"code", "message"}


def test_an_email_is_taken_once(system):
    post(system, "/v1/users", email="ana@example.com", password="correct horse")
    again = system.post(
        "/v1/users",
        {"email": "ANA@example.com", "password": "correct horse"},
        content_type="application/json",
    )
    assert again.status_code == 400
    assert again.json()["error"]["code"] == "name_taken"
