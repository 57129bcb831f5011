import json

import pytest
from django.test import override_settings

from sessions_api.models import Session
from tests.factories import SessionFactory
from tests.sessions_api.pages import Page
from tests.sessions_api.people import running_session
from tests.sockets import serving

START, END = "Wed, 08 Jun 2050 04:07:11 GMT", "Wed, 08 Jun 2050 04:17:11 GMT"


class Coviu:
    """A client of `/v1` that speaks JSON and unpacks what it gets."""

    def __init__(self, http):
        self.http = http

    def send(self, method, path, body=None, status=200, **headers):
        data = "" if body is None else json.dumps(body)
        answer = self.http.generic(
            method, f"/v1{path}", data, content_type="application/json", headers=headers
        )
        assert answer.status_code == status, (answer.status_code, answer.content)
        assert answer["Content-Type"].startswith("application/json"), answer["Content-Type"]
        answered = answer.json()
        if status >= 400:
            assert set(answered) == {"error"}
            assert set(answered["error"]) == {"code", "message"}
            assert all(isinstance(text, str) and text for text in answered["error"].values())
        return answered

    def get(self, path, status=200, **headers):
        return self.send("GET", path, status=status, **headers)

    def post(self, path, body=None, status=200, **headers):
        return self.send("POST", path, body, status, **headers)

    def put(self, path, body=None, status=200, **headers):
        return self.send("PUT", path, body, status, **headers)

    def delete(self, path, status=200, **headers):
        return self.send("DELETE", path, status=status, **headers)


@pytest.fixture
def api(coviu):
    return Coviu(coviu)


@pytest.fixture
def plan():
    """A valid body of `POST /v1/sessions`; name only what a test changes."""

    def of(**changes):
        body = {
            "session_name": "A test session with Dr. Who",
            "start_time": START,
            "end_time": END,
            "picture": "http://www.fillmurray.com/200/300",
            "participants": [
                {"display_name": "Dr. Who", "role": "host", "state": "drwho1234"},
                {"display_name": "Patient", "role": "guest"},
            ],
        }
        return {name: value for name, value in (body | changes).items() if value is not ...}

    return of


@pytest.fixture
def session_of_team(api_client):
    """Make a session row of the caller's team."""

    def make(**fields) -> Session:
        return SessionFactory(client=api_client, team=api_client.team, **fields)

    return make


@pytest.fixture
def session(db):
    """One that goes on, and in which nobody is yet."""
    return running_session()


@pytest.fixture
def large_call(settings):
    """More people between each other than browsers could carry."""
    settings.MESH_LIMIT = 1000


@pytest.fixture
def nothing_stored(db):
    yield
    assert not Session.across_teams.exists()


@pytest.fixture(scope="module")
def serving_all():
    with override_settings(EMBEDDED_WORKER=False), serving() as port:
        yield port


@pytest.fixture
def page(serving_all):
    opened = []

    def of(person):
        opened.append(Page(serving_all, person))
        return opened[-1]

    yield of
    for each in opened:
        each.close()
