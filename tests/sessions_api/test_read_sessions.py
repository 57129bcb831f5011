"""Reading one session and pages of them: contract A.5.1."""

import uuid
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from sessions_api.models import Session
from tests.factories import ParticipantFactory, SessionFactory


def at(hour: int) -> datetime:
    return datetime(2050, 6, 8, hour, tzinfo=UTC)


@pytest.fixture
def day(session_of_team):
    """Four one-hour sessions, created in another order than they start."""
    return {
        hour: session_of_team(
            name=f"at {hour}", starts_at=at(hour), ends_at=at(hour) + timedelta(hours=1)
        )
        for hour in (12, 9, 15, 10)
    }


def names(page):
    return [session["session_name"] for session in page["content"]]


@pytest.fixture
def listed(api):
    def of(**query):
        return api.get("/sessions?" + urlencode(query))

    return of


def test_both_spellings_list_the_same(api, day):
    assert api.get("/sessions") == api.get("/session")


def test_the_list_is_oldest_created_first(day, listed):
    page = listed()
    assert names(page) == ["at 12", "at 9", "at 15", "at 10"]
    assert (page["page"], page["page_size"], page["more"]) == (0, 4, False)


@pytest.mark.parametrize("order", ["reverse", "backwards"])
def test_the_order_may_be_turned(day, listed, order):
    assert names(listed(order=order)) == ["at 10", "at 15", "at 9", "at 12"]
    assert names(listed(order=order, start_time="2050-06-08T00:00:00Z")) == [
        "at 15", "at 12", "at 10", "at 9",
    ]  # fmt: skip


def test_pages_are_zero_based_and_count_what_they_hold(day, listed):
    first, second, third = (listed(page=n, page_size=3) for n in range(3))
    assert names(first) == ["at 12", "at 9", "at 15"]
    assert (first["page_size"], first["more"]) == (3, True)
    assert (names(second), second["page_size"], second["more"]) == (["at 10"], 1, False)
    assert (third["content"], third["page"], third["more"]) == ([], 2, False)
    assert listed(page_size=100_000)["page_size"] == 4
    assert listed(page=10**30)["content"] == []
    assert listed(page=10**30)["page"] == 10**30


@pytest.mark.parametrize(
    "query", [{}, {"order": "reverse"}, {"start_time": "2050-06-08T00:00:00Z"},
              {"start_time": "2050-06-08T00:00:00Z", "order": "reverse"}]
)  # fmt: skip
def test_a_page_may_begin_behind_a_session(day, listed, query):
    everything = listed(**query)["content"]
    for at, session in enumerate(everything):
        page = listed(after=session["session_id"], page_size=2, **query)
        assert page["content"] == everything[at + 1 : at + 3]
        assert page["more"] is (at == 0)


def test_sessions_that_start_together_are_all_behind_each_other(session_of_team, listed):
    start = timezone.now() + timedelta(days=1)
    made = [session_of_team(starts_at=start, ends_at=start + timedelta(hours=1)) for _ in range(4)]
    query = {"start_time": "2000-01-01T00:00:00Z", "page_size": 1}
    seen, after = [], {}
    while page := listed(**query, **after)["content"]:
        seen.append(page[0]["session_id"])
        after = {"after": seen[-1]}
    assert seen == [str(session.public_id) for session in made]


def test_a_page_goes_on_behind_a_session_that_was_canceled_meanwhile(api, day, listed):
    first, *rest = listed()["content"]
    api.delete(f"/sessions/{first['session_id']}")
    assert listed(after=first["session_id"])["content"] == rest


def test_what_no_session_of_the_team_has_is_refused_as_a_place(api, day, session):
    for after in (uuid.uuid4(), session.public_id, "5", ""):  # unknown, another team's, no id
        refused = api.get(f"/sessions?after={after}", 400)
        assert "after" in refused["error"]["message"]


def test_the_window_includes_both_its_ends_and_sorts_by_start(day, listed):
    window = {"start_time": "2050-06-08T09:00:00Z", "end_time": "2050-06-08T13:00:00Z"}
    assert names(listed(**window)) == ["at 9", "at 10", "at 12"]
    assert names(listed(start_time="Wed, 08 Jun 2050 10:00:01 GMT")) == ["at 12", "at 15"]
    assert names(listed(end_time="Wed, 08 Jun 2050 10:59:59 GMT")) == ["at 9"]


def test_a_session_is_found_by_the_window_that_it_shows(api, plan, listed):
    """Times are shown in whole seconds or milliseconds, and kept as they were given."""
    exact = {"start_time": "2050-06-08T04:07:11.123456Z", "end_time": "2050-06-08T05:07:11.987654Z"}
    made = api.post("/sessions", plan(**exact))
    window = {name: made[name] for name in exact}
    assert window["end_time"].endswith(".987Z")
    assert [s["session_id"] for s in listed(**window)["content"]] == [made["session_id"]]
    window = {**window, "end_time": "Wed, 08 Jun 2050 05:07:11 GMT"}  # as the other style shows it
    assert [s["session_id"] for s in listed(**window)["content"]] == [made["session_id"]]
    assert listed(**{**window, "end_time": "2050-06-08T05:07:11.986Z"})["content"] == []
    assert listed(**{**window, "end_time": "Wed, 08 Jun 2050 05:07:10 GMT"})["content"] == []


def test_a_plus_in_a_zone_may_arrive_as_a_blank(api, day):
    page = api.get("/sessions?start_time=2050-06-08T20:00:00.014+11:00&page_size=1")
    assert names(page) == ["at 10"]


def test_canceled_sessions_show_when_asked_for(session_of_team, listed):
    session_of_team(name="kept")
    session_of_team(name="dropped", canceled=True)
    assert names(listed()) == ["kept"]
    for yes in ("true", "1"):
        page = listed(include_canceled=yes)
        assert names(page) == ["kept", "dropped"]
        assert page["content"][0]["canceled_time"] is None
        assert page["content"][1]["canceled_time"].endswith("GMT")


def test_canceled_participants_show_when_asked_for(api, session_of_team, listed):
    session = session_of_team()
    ParticipantFactory(session=session, display_name="stays")
    gone = ParticipantFactory(session=session, display_name="goes")
    api.delete(f"/participants/{gone.public_id}")
    for path in (f"/sessions/{session.public_id}", "/sessions"):
        answer = api.get(path)
        one = answer if "participants" in answer else answer["content"][0]
        assert [p["display_name"] for p in one["participants"]] == ["stays"]
        answer = api.get(path + "?deleted_participants=true")
        one = answer if "participants" in answer else answer["content"][0]
        assert [p["display_name"] for p in one["participants"]] == ["stays", "goes"]
        stays, goes = one["participants"]
        assert stays["deleted_at"] is None
        assert goes["deleted_at"].endswith("GMT")


def test_sessions_are_found_by_the_state_of_a_participant(api, session_of_team, listed):
    for name, state in (("one", "a"), ("two", "b"), ("three", "a")):
        ParticipantFactory(session=session_of_team(name=name), state=state)
    withdrawn = ParticipantFactory(session=session_of_team(name="four"), state="a")
    api.delete(f"/participants/{withdrawn.public_id}")
    assert names(listed(state="a")) == ["one", "three"]
    assert names(listed(state="a", deleted_participants=1)) == ["one", "three", "four"]
    assert names(listed(state="A")) == []


@pytest.mark.parametrize(
    "query",
    [
        "page=-1", "page=x", "page=", "page=1.5", "page_size=0", "page_size=-1", "page_size=x",
        "page=" + "9" * 5000, "order=up", "start_time=yesterday", "end_time=5", "start_time=",
        "include_canceled=perhaps", "state=a%00b", "state=" + "x" * 257,
    ],
)  # fmt: skip
def test_bad_queries_are_400(api, query):
    api.get(f"/sessions?{query}", status=400)


def test_unknown_query_keys_and_broken_escapes_do_no_harm(api, day):
    query = "team_id=1&fields=all&x=%zz&format=xml"
    assert len(api.get(f"/sessions?{query}")["content"]) == 4


def test_a_foreign_an_unknown_and_a_malformed_id_are_answered_alike(api):
    foreign = SessionFactory()
    person = ParticipantFactory(session=foreign)
    paths = [
        f"/sessions/{foreign.public_id}",
        f"/sessions/{uuid.uuid4()}",
        "/sessions/undefined",
        f"/sessions/{{{foreign.public_id}}}",
        f"/sessions/{foreign.public_id}/participants",
        f"/participants/{person.public_id}",
        "/participants/x",
        f"/participants/{person.peer_id}",
    ]
    assert len({str(api.get(path, status=404)) for path in paths}) == 1


def test_no_list_ever_shows_another_team(api, session_of_team):
    session_of_team(name="mine")
    theirs = SessionFactory(name="theirs")
    ParticipantFactory(session=theirs, state="a")
    for query in (
        "", "?include_canceled=1", "?state=a", f"?team_id={theirs.team.public_id}",
        "?order=reverse", "?start_time=2000-01-01T00:00:00Z",
    ):  # fmt: skip
        assert "theirs" not in names(api.get(f"/sessions{query}"))


def test_a_canceled_session_is_401_and_said_so(api, session_of_team):
    session = session_of_team(canceled=True)
    refusal = api.get(f"/sessions/{session.public_id}", status=401)
    assert refusal["error"]["code"] == "session_canceled"


def test_participants_are_a_bare_array_in_order(api, session_of_team):
    session = session_of_team()
    for name in ("c", "a", "b"):
        ParticipantFactory(session=session, display_name=name)
    people = api.get(f"/sessions/{session.public_id}/participants")
    assert [person["display_name"] for person in people] == ["c", "a", "b"]
    agent = {"user-agent": "Coviu-Api-Client/1.0/java"}
    page = api.get(f"/sessions/{session.public_id}/participants", **agent)
    assert (page["content"], page["more"]) == (people, False)


def test_entry_urls_do_not_follow_the_host_header(api, session_of_team):
    session = session_of_team()
    ParticipantFactory(session=session)
    [person] = api.get(
        f"/sessions/{session.public_id}/participants", **{"x-forwarded-host": "evil.example"}
    )
    assert person["entry_url"].startswith("http://127.0.0.1:8000/session/")


class TestQueries:
    def test_reading_one_session_takes_three(self, api, session_of_team, django_assert_num_queries):
        session = session_of_team()
        ParticipantFactory.create_batch(5, session=session)
        with django_assert_num_queries(3):  # token, session, participants
            api.get(f"/sessions/{session.public_id}")

    def test_a_list_of_200_takes_three(self, api, session_of_team, django_assert_num_queries):
        Session.across_teams.bulk_create(
            SessionFactory.build(client=None, team=session_of_team().team, name=str(n))
            for n in range(200)
        )
        ParticipantFactory(session=Session.across_teams.last())
        with django_assert_num_queries(3):
            assert len(api.get("/sessions")["content"]) == 200
        with django_assert_num_queries(3):
            page = api.get("/sessions?start_time=2000-01-01T00:00:00Z&order=reverse")
            assert page["more"] is True


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer x", "Bearer a.b.c", "Basic eDp5", "x"])
def test_without_a_usable_token_everything_is_401(client, db, header):
    headers = {"Authorization": header} if header else {}
    for method, path in [
        ("GET", "sessions"), ("POST", "sessions"), ("GET", "session"), ("GET", "sessions/x"),
        ("PUT", "sessions/x"), ("DELETE", "sessions/x"), ("GET", "sessions/x/participants"),
        ("POST", "sessions/x/participants"), ("GET", "participants/x"), ("PUT", "participants/x"),
        ("DELETE", "participants/x"), ("GET", "user/team"),
    ]:  # fmt: skip
        answer = client.generic(method, f"/v1/{path}", "{}", headers=headers)
        assert answer.status_code == 401, (method, path)
        assert answer["WWW-Authenticate"].startswith("Bearer")
        assert set(answer.json()["error"]) == {"code", "message"}


def test_a_token_in_query_or_body_does_not_count(coviu, client):
    token = coviu.defaults["HTTP_AUTHORIZATION"].split()[1]
    assert client.get(f"/v1/sessions?access_token={token}").status_code == 401
    assert client.post("/v1/sessions", {"access_token": token}).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v1/session", 405),
        ("DELETE", "/v1/sessions", 405),
        ("PATCH", "/v1/sessions/x", 405),
        ("GET", "/v1/sessions/", 404),
        ("GET", "/v1", 404),
        ("GET", "/v1//sessions", 404),
        ("GET", "/v1/participants/a%00b", 404),
        ("GET", "/v1/nothing", 404),
        ("GET", "/v1/", 404),
        ("POST", "/v1/sessions/x/", 404),
        ("GET", "/v1/sessions/a/b/c", 404),
    ],
)
def test_unknown_paths_and_methods_are_json_without_redirect(coviu, method, path, status):
    answer = coviu.generic(method, path)
    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"code", "message"}
