"""The open demo: three routes for anybody, of one team, within limits."""

from urllib.parse import quote

import pytest
import time_machine
from django.test import Client

from accounts.models import Team
from accounts.services import create_team
from rtcserver.models import Event
from sessions_api.models import Participant, Session
from sessions_api.services import named_session, sweep_demo
from sessions_api.services.demo import demo_team
from tests.conftest import TESTER
from tests.factories import SessionFactory, in_hours
from tests.threads import in_parallel

NOBODY = "0e2f3f2c-98a4-4a9b-9d0c-6e1f1c1b7a11"


@pytest.fixture
def demo(client, db):
    """Ask the demo, as a page of any origin does."""

    def get(path, status=200, **headers):
        answer = client.get(path, headers={"Origin": "http://localhost:3000"} | headers)
        assert answer.status_code == status, (answer.status_code, answer.content)
        assert answer["Content-Type"].startswith("application/json")
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer
        if status == 400:
            assert set(answer.json()) == {"error"}
            assert ": " in answer.json()["error"]
        return answer.json()

    return get


def rows():
    return Session.across_teams.count(), Participant.across_teams.count(), Event.objects.count()


class TestRoutes:
    def test_each_call_makes_a_session(self, demo):
        one, other = demo("/sessions"), demo("/sessions")
        assert one["uuid"] != other["uuid"]
        assert one["label"] == other["label"] == "demo"

    def test_a_name_is_one_session_for_all_who_use_it(self, demo):
        first, second = demo("/tokens/room"), demo("/tokens/room")
        assert first["session_id"] == second["session_id"]
        assert first["uuid"] != second["uuid"]
        assert demo("/tokens/other")["session_id"] != first["session_id"]
        assert Session.across_teams.get(public_id=first["session_id"]).name == "room"

    @pytest.mark.parametrize("name", ["会议室", "a b", "tokens", "sessions", "ä&=?#%", "x" * 255])
    def test_any_text_is_a_name(self, demo, name):
        token = demo(f"/tokens/{quote(name, safe='')}")
        assert Session.across_teams.get(public_id=token["session_id"]).name == name

    def test_names_are_no_labels(self, demo, rtcat, settings, team):
        settings.RTCAT_DEMO_TEAM = team.name
        labelled = rtcat.session(label="room")
        assert demo("/tokens/room")["session_id"] != labelled["uuid"]

    @pytest.mark.parametrize("path", ["/tokens/room", "/{session}/tokens"])
    def test_the_query_describes_the_token(self, demo, path):
        path = path.format(session=demo("/sessions")["uuid"])
        token = demo(f"{path}?type=sub&live_days=3&label=Anna&data=x&permanent=true")
        given = {"type": "sub", "live_days": 3, "label": "Anna", "data": "x", "permanent": True}
        assert {name: token[name] for name in given} == given
        assert len(demo(f"{path}?number=3")) == 3

    def test_the_session_cannot_be_chosen_by_the_query(self, demo):
        other = demo("/sessions")["uuid"]
        assert demo(f"/tokens/room?session_id={other}")["session_id"] != other

    def test_a_token_opens_the_entry_page(self, demo, client):
        page = client.get(f"/session/{demo('/tokens/room?label=Anna')['uuid']}")
        assert page.status_code == 200
        assert "The call is open" in page.content.decode()

    @pytest.mark.parametrize("over", ["expired", "deleted"])
    def test_a_name_whose_session_is_over_is_free_again(self, demo, rtcat, settings, team, over):
        settings.RTCAT_DEMO_TEAM = team.name
        first = demo("/tokens/room")
        if over == "deleted":
            rtcat.delete(f"/sessions/{first['session_id']}")
            hours = 0
        else:
            hours = 31 * 24
        with time_machine.travel(in_hours(hours)):
            second = demo("/tokens/room")
            assert second["session_id"] != first["session_id"]
            assert demo("/tokens/room")["session_id"] == second["session_id"]

    def test_the_cost_is_constant(self, demo, django_assert_num_queries):
        demo("/tokens/room")
        for _ in range(2):
            demo("/tokens/room?number=50")
            with django_assert_num_queries(10):
                demo("/tokens/room")


class TestRefusals:
    @pytest.mark.parametrize(
        ("path", "code"),
        [
            (f"/{NOBODY}/tokens", "not_found"),
            ("/x/tokens", "not_found"),
            ("/undefined/tokens", "not_found"),
            (f"/tokens/{'x' * 256}", "invalid"),
            ("/tokens/a%00b", "invalid"),
            ("/tokens/room?type=both", "invalid"),
            ("/tokens/room?type=", "invalid"),
            ("/tokens/room?number=0", "invalid"),
            ("/tokens/room?number=101", "invalid"),
            ("/tokens/room?number=x", "invalid"),
            ("/tokens/room?live_days=0", "invalid"),
            ("/tokens/room?live_days=36501", "invalid"),
            ("/tokens/room?live_days=1.5", "invalid"),
            ("/tokens/room?permanent=maybe", "invalid"),
            (f"/tokens/room?label={'x' * 256}", "invalid"),
            (f"/tokens/room?data={'x' * 1025}", "invalid"),
            ("/tokens/room?label=a%00b", "invalid"),
            ("/tokens/room?label=a&label=b", "parse_error"),
        ],
    )
    def test_bad_input_is_400_and_makes_nothing(self, demo, path, code):
        demo_team()
        before = rows()
        assert demo(path, 400)["error"].startswith(f"{code}: ")
        assert rows() == before

    @pytest.mark.parametrize(
        "path",
        [
            "/tokens/room/", "/tokens", "/tokens/", "/tokens/a/b", "/sessions/",
            f"/sessions/{NOBODY}", f"/{NOBODY}/tokens/",
        ],
    )  # fmt: skip
    def test_an_unknown_path_is_404_in_its_own_shape(self, demo, path):
        assert demo(path, 404)["code"] == "ResourceNotFound"

    @pytest.mark.parametrize("prefix", ["v1", "user", "group", "base/v1"])
    def test_other_surfaces_keep_their_paths(self, client, db, prefix):
        answer = client.get(f"/{prefix}/tokens")
        assert "uuid" not in answer.content.decode()
        assert "Access-Control-Allow-Origin" not in answer
        assert rows() == (0, 0, 0)

    def test_sessions_of_other_teams_are_unknown(self, demo):
        theirs = SessionFactory(started=True)
        demo(f"/{theirs.public_id}/tokens", 400)
        assert not theirs.participants.exists()

    def test_an_ended_session_gives_no_tokens(self, demo):
        session = demo("/sessions")["uuid"]
        with time_machine.travel(in_hours(31 * 24)):
            assert demo(f"/{session}/tokens", 400)["error"].startswith("session_ended: ")


class TestAsksAndMakesNothing:
    PATHS = ["/sessions", "/tokens/room"]

    @pytest.mark.parametrize("path", PATHS)
    @pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
    def test_by_any_other_method(self, client, db, method, path):
        answer = client.generic(method, path)
        assert answer.status_code == 405
        assert answer["Allow"] == "GET"
        assert rows() == (0, 0, 0)

    @pytest.mark.parametrize("path", PATHS)
    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Purpose": "prefetch;prerender"},
            {"Purpose": "prefetch"},
            {"X-Moz": "prefetch"},
            {"Sec-Fetch-Dest": "image"},
            {"Sec-Fetch-Dest": "iframe"},
            {"Sec-Fetch-Dest": "script"},
        ],
    )
    def test_by_a_browser_of_its_own_accord(self, demo, path, headers):
        demo(path, 400, **headers)
        assert rows() == (0, 0, 0)

    @pytest.mark.parametrize("path", [*PATHS, f"/{NOBODY}/tokens"])
    def test_by_a_preflight(self, client, db, path):
        headers = {"Origin": "http://a", "Access-Control-Request-Method": "GET"}
        answer = client.options(path, headers=headers)
        assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (204, "*")
        assert answer["Access-Control-Allow-Methods"] == "GET"
        assert rows() == (0, 0, 0)

    @pytest.mark.parametrize("path", [*PATHS, f"/{NOBODY}/tokens"])
    def test_while_it_is_switched_off(self, demo, settings, path):
        settings.RTCAT_DEMO = False
        assert demo(path, 404)["code"] == "ResourceNotFound"
        assert rows() == (0, 0, 0)
        assert not Team.objects.exists()

    def test_while_staff_have_switched_its_team_off(self, demo, settings):
        create_team(actor=TESTER, name=settings.RTCAT_DEMO_TEAM)
        Team.objects.update(is_active=False)
        demo("/tokens/room", 400)
        assert rows()[:2] == (0, 0)

    def test_a_page_opened_by_hand_is_served(self, demo):
        demo("/sessions", **{"Sec-Fetch-Dest": "document", "Accept": "text/html"})


class TestLimits:
    def test_calls_from_one_address(self, client, db, settings):
        settings.RTCAT_DEMO_CALLS_PER_MINUTE = 3
        for _ in range(3):
            client.get("/tokens/room")
        answer = client.get("/tokens/room")
        assert answer.status_code == 400
        assert int(answer["Retry-After"]) > 0
        assert Client(REMOTE_ADDR="10.0.0.9").get("/tokens/room").status_code == 200

    def test_live_sessions(self, demo, settings):
        settings.RTCAT_DEMO_SESSIONS = 2
        demo("/sessions")
        demo("/tokens/room")
        assert demo("/sessions", 400)["error"].startswith("limit: ")
        assert demo("/tokens/other", 400)["error"].startswith("limit: ")
        demo("/tokens/room")
        with time_machine.travel(in_hours(31 * 24)):
            demo("/sessions")

    def test_live_tokens(self, demo, settings):
        settings.RTCAT_DEMO_TOKENS = 3
        demo("/tokens/room?number=2")
        assert demo("/tokens/room?number=2", 400)["error"].startswith("limit: ")
        demo("/tokens/room")
        demo("/tokens/room", 400)
        with time_machine.travel(in_hours(16 * 24)):
            demo("/tokens/room")

    def test_what_is_over_is_swept_after_a_day_and_nothing_else(self, demo, settings, rtcat, team):
        settings.RTCAT_DEMO_TEAM = team.name
        rtcat.token(rtcat.session(live_days=1), live_days=1)
        SessionFactory(team=team, client=None, ended=True)
        demo("/tokens/room?live_days=1")
        with time_machine.travel(in_hours(26)):
            assert sweep_demo() == 0
        with time_machine.travel(in_hours(50)):
            assert sweep_demo() == 1
            assert demo("/tokens/room")
        assert rows()[:2] == (3, 2)
        with time_machine.travel(in_hours(32 * 24)):
            assert sweep_demo() == 2
        assert rows()[:2] == (2, 1)


def test_leaves_no_trace_with_crawlers_and_caches(client, db):
    answer = client.get("/tokens/room")
    assert answer["X-Robots-Tag"].startswith("noindex")
    assert "no-store" in answer["Cache-Control"]


def test_visitors_are_told_apart_in_the_log(demo):
    demo("/tokens/room")
    assert set(Event.objects.values_list("actor_kind", "actor_id", "dialect")) == {
        ("system", "visitor", "rtcat")
    }


@pytest.mark.django_db(transaction=True)
def test_the_first_callers_of_a_name_meet_in_one_session():
    def ask(name):
        return lambda: Client().get(f"/tokens/{name}")

    for number in range(3):
        name = f"room {number}"
        answers = in_parallel([ask(name)] * 8)
        assert {answer.status_code for answer in answers} == {200}
        tokens = [answer.json() for answer in answers]
        assert len({token["session_id"] for token in tokens}) == 1
        assert len({token["uuid"] for token in tokens}) == 8
        assert Session.across_teams.filter(name=name).count() == 1
    assert Team.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_expired_name_is_replaced_once():
    team = demo_team()
    old = named_session(team, "room")
    Session.across_teams.filter(pk=old.pk).update(starts_at=in_hours(-2), ends_at=in_hours(-1))
    found = in_parallel([lambda: named_session(team, "room")] * 8)
    assert len({session.pk for session in found}) == 1
    assert found[0].pk != old.pk
    assert Session.across_teams.count() == 2
