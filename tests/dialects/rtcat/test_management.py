"""`/v0.4`: what a back office does with sessions and tokens."""

import pytest
import time_machine
from django.core.cache import caches
from django.utils import timezone

from accounts.models import Team
from accounts.services import disable_api_client, update_api_client
from rtcserver import counts
from rtcserver.models import Event
from sessions_api.models import Participant, Session
from tests.conftest import TESTER
from tests.dialects.rtcat.conftest import Rtcat
from tests.factories import in_hours

DAY = 86_400


class TestSessions:
    def test_all_that_may_be_given_comes_back(self, rtcat):
        given = {"label": "会议 & co", "type": "rel", "data": '{"a": 1}', "live_days": 7}
        by_form = rtcat.session(**given)
        by_json = rtcat.json("POST", "/sessions", given | {"permanent": False}, 201)
        for made in (by_form, by_json):
            assert {name: made[name] for name in given} == given

    def test_null_means_the_default_on_creation(self, rtcat):
        body = dict.fromkeys(["label", "type", "data", "live_days", "permanent"])
        made = rtcat.json("POST", "/sessions", body, 201)
        assert (made["label"], made["type"], made["live_days"]) == (None, "p2p", 30)

    def test_a_body_is_optional(self, rtcat):
        assert rtcat.send("POST", "/sessions", status=201)["label"] is None

    def test_a_change_leaves_what_is_not_given(self, rtcat):
        made = rtcat.session(label="One", data="x", live_days=10)
        changed = rtcat.patch(f"/sessions/{made['uuid']}", label="Two", session_id="ignored")
        assert changed == made | {"label": "Two"}
        cleared = rtcat.json("PATCH", f"/sessions/{made['uuid']}", {"data": None}, 200)
        assert cleared == changed | {"data": None}
        assert rtcat.get(f"/sessions/{made['uuid']}") == cleared

    def test_the_type_is_fixed(self, rtcat):
        made = rtcat.session(type="rel")
        assert rtcat.patch(f"/sessions/{made['uuid']}", type="p2p") == made

    def test_days_count_from_the_creation(self, rtcat):
        with time_machine.travel("2030-01-01T10:00:00.123456Z", tick=False):
            made = rtcat.session()
        with time_machine.travel("2030-01-05T12:00:00Z", tick=False):
            changed = rtcat.patch(f"/sessions/{made['uuid']}", live_days=5)
        assert (changed["live_days"], changed["expire_in"]) == (5, "2030-01-06T10:00:00.123Z")

    def test_permanence_comes_and_goes_and_remembers_the_days(self, rtcat):
        made = rtcat.session(live_days=9)
        path = f"/sessions/{made['uuid']}"
        lasting = rtcat.patch(path, permanent="true")
        assert lasting == made | {"permanent": True}
        assert rtcat.patch(path, live_days=11)["permanent"] is True
        back = rtcat.patch(path, permanent="false")
        assert (back["permanent"], back["live_days"]) == (False, 11)
        assert back["expire_in"] > made["expire_in"]

    def test_a_change_may_not_end_it_in_the_past(self, rtcat):
        with time_machine.travel("2030-01-01T10:00:00Z"):
            made = rtcat.session(permanent="true")
        with time_machine.travel("2031-01-01T10:00:00Z"):
            refused = rtcat.patch(f"/sessions/{made['uuid']}", 400, permanent="false", live_days=5)
            assert refused["error"] == "end_in_past"
            assert rtcat.get(f"/sessions/{made['uuid']}")["permanent"] is True

    def test_an_expired_one_is_shown_and_may_be_deleted_but_is_over(self, rtcat):
        made = rtcat.session(live_days=1)
        token = rtcat.token(made)
        path = f"/sessions/{made['uuid']}"
        with time_machine.travel(timezone.now().timestamp() + DAY + 1):
            assert rtcat.get(path) == made
            assert rtcat.patch(path, 400, label="x")["error"] == "session_ended"
            assert rtcat.patch(path, 400, permanent="true")["error"] == "session_ended"
            assert rtcat.post(f"{path}/tokens", 400)["error"] == "session_ended"
            assert rtcat.patch(f"/tokens/{token['uuid']}", 400, label="x")["error"]
            assert rtcat.http.get(f"/session/{token['uuid']}").status_code == 410
            assert rtcat.delete(path) == {"delete": 1}

    def test_deleting_takes_the_tokens_along(self, rtcat):
        made = rtcat.session(label="Gone")
        token = rtcat.token(made)
        assert rtcat.delete(f"/sessions/{made['uuid']}") == {"delete": 1}
        for path in (f"/sessions/{made['uuid']}", f"/sessions/{made['uuid']}/tokens"):
            assert rtcat.get(path, 404)["error"] == "not_found"
        rtcat.get(f"/tokens/{token['uuid']}", 404)
        rtcat.patch(f"/tokens/{token['uuid']}", 404, label="x")
        rtcat.delete(f"/tokens/{token['uuid']}", 404)
        rtcat.delete(f"/sessions/{made['uuid']}", 404)
        assert rtcat.get("/sessions")["results"] == []
        assert rtcat.http.get(f"/session/{token['uuid']}").status_code == 410


class TestTokens:
    def test_all_that_may_be_given_comes_back(self, rtcat):
        session = rtcat.session()
        given = {"label": "Anna", "type": "sub", "data": "d", "live_days": 3, "permanent": True}
        token = rtcat.token(session, **given)
        assert {name: token[name] for name in given} == given
        assert token["session_id"] == session["uuid"]

    def test_several_at_once_are_a_list(self, rtcat, team):
        session = rtcat.session()
        tokens = rtcat.token(session, number=3, label="Class")
        assert [token["label"] for token in tokens] == ["Class"] * 3
        assert len({token["uuid"] for token in tokens}) == 3
        listed = rtcat.get(f"/sessions/{session['uuid']}/tokens")["results"]
        assert listed == tokens
        assert isinstance(rtcat.token(session, number=1), dict)

    def test_a_change_leaves_what_is_not_given(self, rtcat):
        token = rtcat.token(label="Anna", type="sub", data="x")
        path = f"/tokens/{token['uuid']}"
        changed = rtcat.patch(path, label="Berta", type="pub", token_id=token["uuid"])
        assert changed == token | {"label": "Berta"}
        assert rtcat.patch(path, permanent="1")["permanent"] is True
        assert rtcat.patch(path, permanent="0") == changed
        assert rtcat.patch(path, live_days=16)["expire_in"] > token["expire_in"]

    def test_an_expired_token_is_shown_and_deleted_but_opens_nothing(self, rtcat):
        token = rtcat.token(live_days=1)
        path = f"/tokens/{token['uuid']}"
        assert rtcat.http.get(f"/session/{token['uuid']}").status_code == 200
        with time_machine.travel(timezone.now().timestamp() + DAY + 1):
            assert rtcat.get(path) == token
            page = rtcat.http.get(f"/session/{token['uuid']}")
            assert page.status_code == 410
            assert "The call has ended" in page.content.decode()
            assert rtcat.patch(path, 400, permanent="true")["error"] == "participant_expired"
            assert rtcat.delete(path) == {"delete": 1}
            rtcat.get(path, 404)

    def test_a_deleted_token_opens_nothing(self, rtcat):
        token = rtcat.token()
        assert rtcat.delete(f"/tokens/{token['uuid']}") == {"delete": 1}
        assert rtcat.http.get(f"/session/{token['uuid']}").status_code == 410
        rtcat.get(f"/tokens/{token['uuid']}", 404)

    def test_a_watcher_is_told_that_nobody_sees_them(self, rtcat):
        session = rtcat.session(label="Lecture", permanent="true")
        for kind, is_told in (("sub", True), ("pub", False)):
            token = rtcat.token(session, label="Anna", type=kind)
            page = rtcat.http.get(f"/session/{token['uuid']}").content.decode()
            assert "Lecture" in page
            assert "The call is open" in page
            assert ("they do not see or hear you" in page) is is_told


class TestPages:
    def test_pages_count_from_one_and_name_their_neighbours(self, rtcat):
        made = [rtcat.session(label=str(n)) for n in range(5)]
        first = rtcat.get("/sessions?page_size=2")
        assert first == {
            "count": 5,
            "next": "http://127.0.0.1:8000/v0.4/sessions?page=2&page_size=2",
            "previous": None,
            "page": 1,
            "page_size": 2,
            "results": made[:2],
        }
        second = rtcat.get("/sessions?page=2&page_size=2")
        assert second["results"] == made[2:4]
        assert second["previous"].endswith("?page=1&page_size=2")
        last = rtcat.get("/sessions?page=3&page_size=2")
        assert (last["results"], last["next"]) == (made[4:], None)
        beyond = rtcat.get("/sessions?page=9")
        assert (beyond["results"], beyond["next"], beyond["count"]) == ([], None, 5)

    def test_a_large_count_may_be_a_moment_old(self, rtcat, monkeypatch, request):
        request.addfinalizer(caches["process"].clear)
        monkeypatch.setattr(counts, "EXACT", 2)
        with time_machine.travel(timezone.now(), tick=False) as clock:
            for expected in (1, 2, 3, 3):  # the fourth is not counted yet
                rtcat.session()
                assert rtcat.get("/sessions?page_size=1")["count"] == expected
            assert rtcat.get("/sessions/nonpermanent")["count"] == 4, "another list"
            third = rtcat.get("/sessions?page_size=1&page=3")
            assert third["next"].endswith("?page=4&page_size=1"), "nobody stops too early"
            assert third["count"] == 4, "what was seen is counted"
            clock.shift(counts.KEPT_SECONDS + 1)
            assert rtcat.get("/sessions?page_size=1")["count"] == 4

    def test_25_a_page_and_100_at_most(self, rtcat):
        assert rtcat.get("/sessions")["page_size"] == 25
        assert rtcat.get("/sessions?page_size=1000")["page_size"] == 100

    def test_permanent_ones_apart(self, rtcat):
        lasting, passing = rtcat.session(permanent="true"), rtcat.session()
        assert rtcat.get("/sessions/permanent")["results"] == [lasting]
        assert rtcat.get("/sessions/nonpermanent")["results"] == [passing]
        tokens = f"/sessions/{passing['uuid']}/tokens"
        kept, lost = rtcat.token(passing, permanent="true"), rtcat.token(passing)
        assert rtcat.get(f"{tokens}/permanent")["results"] == [kept]
        assert rtcat.get(f"{tokens}/nonpermanent")["results"] == [lost]
        assert rtcat.get(tokens)["count"] == 2

    @pytest.mark.parametrize("kind", ["", "/permanent", "/nonpermanent"])
    def test_the_cost_does_not_grow(self, rtcat, django_assert_num_queries, kind):
        session = rtcat.session()
        for _ in range(2):
            rtcat.session(permanent="true")
            rtcat.session()
            rtcat.token(session, number=20)
            with django_assert_num_queries(3):  # key, rows, count
                rtcat.get(f"/sessions{kind}")
            with django_assert_num_queries(4):
                rtcat.get(f"/sessions/{session['uuid']}/tokens{kind}?page_size=100")


def test_what_a_write_costs(rtcat, django_assert_num_queries):
    session = rtcat.session()
    path = f"/sessions/{session['uuid']}"
    with django_assert_num_queries(5):  # key, transaction, session, event
        rtcat.session(label="x")
    with django_assert_num_queries(7):  # and the session twice: found, held
        rtcat.post(f"{path}/tokens")
    with django_assert_num_queries(7):
        rtcat.post(f"{path}/tokens", number=10)


class TestWhoAsks:
    CALLS = [
        ("GET", "/sessions"), ("POST", "/sessions"), ("GET", "/sessions/permanent"),
        ("GET", "/sessions/{session}"), ("PATCH", "/sessions/{session}"),
        ("DELETE", "/sessions/{session}"), ("GET", "/sessions/{session}/tokens"),
        ("POST", "/sessions/{session}/tokens"), ("GET", "/tokens/{token}"),
        ("PATCH", "/tokens/{token}"), ("DELETE", "/tokens/{token}"),
    ]  # fmt: skip

    @pytest.fixture
    def paths(self, rtcat):
        session = rtcat.session(label="Private")
        token = rtcat.token(session)
        return {"session": session["uuid"], "token": token["uuid"]}

    @pytest.mark.parametrize(("method", "path"), CALLS)
    def test_nobody_without_the_key_and_its_secret(self, key, paths, method, path):
        api_key, secret = key[0].client_id, key[1]
        texts = set()
        for pair in [
            ("", ""), (api_key, ""), ("", secret), (api_key, secret[:-1]), ("x", secret),
            (secret, api_key), (api_key, secret + " "),
        ]:  # fmt: skip
            refused = Rtcat(*pair).send(method, path.format(**paths), status=403)
            assert refused["error"] == "invalid_credentials"
            texts.add(refused["description"])
        assert len(texts) == 1  # which part is wrong is not told

    @pytest.mark.parametrize(("method", "path"), CALLS)
    def test_a_key_that_is_switched_off_opens_nothing(self, rtcat, key, paths, method, path):
        disable_api_client(key[0], actor=TESTER)
        rtcat.send(method, path.format(**paths), status=403)

    def test_nor_one_of_a_team_that_is(self, rtcat, team):
        Team.objects.filter(pk=team.pk).update(is_active=False)
        rtcat.get("/sessions", 403)

    def test_nor_one_without_the_scope(self, rtcat, key):
        update_api_client(key[0], actor=TESTER, name="Rooms", scopes=["rooms"])
        assert rtcat.get("/sessions", 403)["error"] == "permission_denied"

    def test_a_bearer_token_is_no_key(self, coviu, db):
        assert coviu.get("/v0.4/sessions").status_code == 403

    @pytest.mark.parametrize(("method", "path"), [c for c in CALLS if "{" in c[1]])
    def test_another_team_finds_nothing(self, stranger, paths, method, path):
        refused = stranger.send(method, path.format(**paths), status=404)
        assert refused["error"] == "not_found"
        assert Session.across_teams.get(public_id=paths["session"]).canceled_at is None
        assert Participant.across_teams.get(public_id=paths["token"]).canceled_at is None

    def test_another_team_lists_nothing(self, rtcat, stranger, paths):
        assert stranger.get("/sessions")["count"] == 0

    def test_guesses_are_slowed_down_but_the_owner_is_not(self, rtcat, key):
        guesser = Rtcat(key[0].client_id, "wrong")
        for _ in range(30):
            guesser.get("/sessions", 403)
        assert guesser.get("/sessions", 429)["error"] == "slow_down"
        rtcat.get("/sessions")


@pytest.mark.parametrize("version", ["0.3", "0.4"])
def test_the_root_says_whom_one_talks_to(client, db, version):
    answer = client.get(f"/v{version}/")
    assert answer.status_code == 200
    assert answer.json()["version"] == version


def test_v0_3_is_the_same(key):
    old = Rtcat(key[0].client_id, key[1], base="/v0.3")
    session = old.session(label="Old app")
    token = old.token(session)
    assert old.get(f"/tokens/{token['uuid']}") == token
    new = Rtcat(key[0].client_id, key[1])
    assert new.get(f"/sessions/{session['uuid']}") == session
    assert "/v0.3/sessions?" in old.get("/sessions?page=2")["previous"]


def test_every_change_is_recorded_without_any_token(rtcat, key):
    session = rtcat.session(label="Noted", data="private")
    token, *_rest = rtcat.token(session, number=2)
    rtcat.token(session, label="Anna")
    rtcat.patch(f"/sessions/{session['uuid']}", label="Renamed")
    rtcat.patch(f"/tokens/{token['uuid']}", label="Berta", live_days=20)
    rtcat.delete(f"/tokens/{token['uuid']}")
    rtcat.delete(f"/sessions/{session['uuid']}")
    events = Event.objects.filter(dialect="rtcat").order_by("id")
    assert [event.type for event in events] == [
        "session.created", "participants.added", "participant.added", "session.updated",
        "participant.updated", "participant.canceled", "session.canceled",
    ]  # fmt: skip
    assert {event.actor_id for event in events} == {key[0].client_id}
    tokens = Participant.across_teams.values_list("public_id", flat=True)
    written = " ".join(str(event.payload) + event.subject_id for event in events)
    assert not [token for token in tokens if str(token) in written]
    assert "private" not in written


def test_nothing_changes_by_a_change_that_is_none(rtcat):
    session = rtcat.session(label="Same")
    count = Event.objects.count()
    rtcat.patch(f"/sessions/{session['uuid']}", label="Same", live_days=30, permanent="false")
    assert Event.objects.count() == count


def test_tokens_never_outlive_the_session(rtcat, team):
    token = rtcat.token(rtcat.session(live_days=1), permanent="true")
    with time_machine.travel(in_hours(25)):
        assert rtcat.http.get(f"/session/{token['uuid']}").status_code == 410
        assert not Participant.objects.of_team(team.pk).live().exists()
