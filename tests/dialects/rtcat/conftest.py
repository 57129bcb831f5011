import json
from urllib.parse import urlencode

import pytest
from django.test import Client

from accounts.services import create_api_client, create_team
from tests.conftest import TESTER


class Rtcat:
    """A client of `/v0.4` that sends forms as the node SDK does, or JSON."""

    def __init__(self, api_key, secret, base="/v0.4"):
        self.base = base
        self.http = Client(headers={"X-RTCAT-APIKEY": api_key, "X-RTCAT-SECRET": secret})

    def send(self, method, path, body=None, status=None, content_type=None, **headers):
        form = "application/x-www-form-urlencoded"
        if isinstance(body, dict) and content_type is None:
            body, content_type = urlencode(body), form
        elif content_type is None:
            body, content_type = body or "", form
        answer = self.http.generic(
            method, self.base + path, body, content_type=content_type, headers=headers
        )
        if status is not None:
            assert answer.status_code == status, (answer.status_code, answer.content)
        assert answer["Content-Type"].startswith("application/json"), answer["Content-Type"]
        answered = answer.json()
        if answer.status_code >= 400:
            assert set(answered) == {"error", "description"}, answered
            assert all(isinstance(text, str) and text for text in answered.values())
        elif isinstance(answered, dict):
            assert "error" not in answered  # the SDK takes any success that has one for a failure
        return answered

    def json(self, method, path, body, status=None):
        return self.send(method, path, json.dumps(body), status, "application/json")

    def get(self, path, status=200):
        return self.send("GET", path, status=status)

    def post(self, path, status=201, **form):
        return self.send("POST", path, form, status)

    def patch(self, path, status=200, **form):
        return self.send("PATCH", path, form, status)

    def delete(self, path, status=200):
        return self.send("DELETE", path, status=status)

    def session(self, **form):
        return self.post("/sessions", **form)

    def token(self, session=None, **form):
        session = session or self.session()
        return self.post(f"/sessions/{session['uuid']}/tokens", **form)


@pytest.fixture
def rtcat(key):
    """A client with the key of `team`."""
    api_client, secret = key
    return Rtcat(api_client.client_id, secret)


@pytest.fixture
def stranger(db):
    """A client with another team's key."""
    team = create_team(actor=TESTER, name="Another team")
    api_client, secret = create_api_client(actor=TESTER, team=team, name="Their back office")
    return Rtcat(api_client.client_id, secret)
