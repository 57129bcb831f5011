"""Calls at the same moment, by real threads."""

from urllib.parse import urlencode

import pytest

from accounts.services import create_api_client, create_team
from rtcserver.models import Event
from sessions_api.models import Participant, Session
from tests.conftest import TESTER
from tests.dialects.rtcat.conftest import Rtcat
from tests.threads import in_parallel

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 5


@pytest.fixture
def pair():
    team = create_team(actor=TESTER, name="Clinic")
    api_client, secret = create_api_client(actor=TESTER, team=team, name="Back office")
    return api_client.client_id, secret


def call(pair, method, path, body=None):
    """One HTTP call with a client of its own; returns its status."""

    def run():
        form = urlencode(body or {})
        kind = "application/x-www-form-urlencoded"
        http = Rtcat(*pair).http
        return http.generic(method, f"/v0.4{path}", form, content_type=kind).status_code

    return run


def test_no_token_is_born_after_its_session_was_deleted(pair):
    for _ in range(ROUNDS):
        session = Rtcat(*pair).session()["uuid"]
        path = f"/sessions/{session}"
        statuses = in_parallel(
            [
                *[call(pair, "POST", f"{path}/tokens")] * 4,
                call(pair, "DELETE", path),
                *[call(pair, "POST", f"{path}/tokens")] * 4,
            ]
        )
        assert set(statuses) <= {200, 201, 404}
        events = Event.objects.filter(subject_id=session).order_by("id")
        assert events.last().type == "session.canceled"
        rows = Participant.across_teams.filter(session__public_id=session).count()
        assert rows == statuses.count(201)


def test_only_one_deletes(pair):
    rtcat = Rtcat(*pair)
    for _ in range(ROUNDS):
        session = rtcat.session()
        for path in (f"/tokens/{rtcat.token(session)['uuid']}", f"/sessions/{session['uuid']}"):
            assert sorted(in_parallel([call(pair, "DELETE", path)] * 4)) == [200, 404, 404, 404]


def test_changes_of_different_things_are_all_kept(pair):
    rtcat = Rtcat(*pair)
    for _ in range(ROUNDS):
        session = rtcat.session()
        token = rtcat.token(session)
        for path in (f"/sessions/{session['uuid']}", f"/tokens/{token['uuid']}"):
            changes = [{"label": "New"}, {"data": "new"}, {"live_days": 99}, {"permanent": "true"}]
            statuses = in_parallel([call(pair, "PATCH", path, change) for change in changes])
            assert statuses == [200] * 4
            shown = rtcat.get(path)
            assert (shown["label"], shown["data"]) == ("New", "new")
            assert (shown["live_days"], shown["permanent"]) == (99, True)
            assert rtcat.patch(path, permanent="false")["live_days"] == 99


def test_sessions_made_at_once_are_all_there(pair):
    assert in_parallel([call(pair, "POST", "/sessions")] * 8) == [201] * 8
    assert Session.across_teams.count() == 8
    assert Rtcat(*pair).get("/sessions")["count"] == 8
