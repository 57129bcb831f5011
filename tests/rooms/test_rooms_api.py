"""`/v1/rooms`: a back office and the rooms of its team."""

import json

import pytest
from django.conf import settings

from accounts.models import Team
from accounts.services import create_api_client, create_team
from rooms.models import Room, RoomBan
from rtcserver.events import Actor
from tests.rooms.people import APP, Person, events

TESTER = Actor("system", "tests", "tests")
SCOPES = ["rooms", "sessions"]


@pytest.fixture
def live_team(db):
    return create_team(actor=TESTER, name=settings.LIVEROOM_TEAM)


@pytest.fixture
def api(live_team, bearer):
    """A back office of the team that LiveRoom's rooms belong to."""
    return Api(bearer(*create_api_client(actor=TESTER, team=live_team, name="B", scopes=SCOPES)))


@pytest.fixture
def other(team, bearer):
    """A back office of another team."""
    return Api(bearer(*create_api_client(actor=TESTER, team=team, name="O", scopes=SCOPES)))


class Api:
    def __init__(self, http):
        self.http = http

    def __call__(self, method, path, body=None, status=200):
        sent = "" if body is None else body if isinstance(body, str) else json.dumps(body)
        answer = self.http.generic(method, f"/v1{path}", sent, content_type="application/json")
        assert answer.status_code == status, (answer.status_code, answer.content)
        assert answer["Content-Type"].startswith("application/json")
        answered = answer.json()
        if status >= 400:
            assert set(answered["error"]) == {"code", "message"}
        return answered


def test_a_room_is_opened_read_changed_and_closed(api):
    made = api("POST", "/rooms", {"room_name": "Lobby", "category": "talk"})
    path = f"/rooms/{made['room_id']}"
    assert (made["state"], made["member_count"], made["owner_id"]) == ("visible", 0, None)
    assert api("GET", path) == made
    changed = api("PUT", path, {"subject": "Today"})
    assert changed == made | {"subject": "Today"}
    assert api("DELETE", path) == {"ok": True}
    assert api("GET", path)["state"] == "closed"
    assert api("DELETE", path, status=400)["error"]["code"] == "room_closed"
    assert api("PUT", path, {"subject": "x"}, 400)["error"]["code"] == "room_closed"
    assert events() == ["created", "updated", "destroyed"]


def test_live_room_clients_enter_what_the_team_opened(api, guest):
    api("POST", "/rooms", {"live_id": "lobby", "app_id": APP, "room_name": "Lobby"})
    assert guest.listed() == ["lobby"]
    guest.enter("lobby", title="Mine now")
    assert guest.detail("lobby")["title"] == "Lobby"
    assert api("POST", "/rooms", {"live_id": "lobby"}, 400)["error"]["code"] == "room_id_taken"


def test_another_team_has_no_ids_of_live_room_clients(other):
    refused = other("POST", "/rooms", {"live_id": "lobby"}, 400)
    assert refused["error"]["code"] == "not_live_team"
    assert other("POST", "/rooms", {})["live_id"] is None


def test_rooms_come_in_pages(api):
    ids = [api("POST", "/rooms", {"category": "a"})["room_id"] for _number in range(3)]
    page = api("GET", "/rooms?page_size=2")
    assert [room["room_id"] for room in page["content"]] == ids[:2]
    assert (page["page"], page["page_size"], page["more"]) == (0, 2, True)
    assert api("GET", "/rooms?page_size=2&page=1")["more"] is False
    assert api("GET", "/rooms?order=reverse")["content"][0]["room_id"] == ids[2]
    assert api("GET", "/rooms?category=b")["content"] == []
    behind = api("GET", f"/rooms?after={ids[0]}")["content"]
    assert [room["room_id"] for room in behind] == ids[1:]
    assert "after" in api("GET", "/rooms?after=nowhere", None, 400)["error"]["message"]
    api("DELETE", f"/rooms/{ids[0]}")
    assert len(api("GET", "/rooms")["content"]) == 2
    assert [r["room_id"] for r in api("GET", "/rooms?state=closed")["content"]] == ids[:1]
    assert len(api("GET", "/rooms?state=visible")["content"]) == 2
    assert api("GET", "/rooms?state=hidden")["content"] == []


def test_a_page_costs_the_same_for_any_number_of_rooms(api, django_assert_num_queries):
    for number in range(5):
        room_id = api("POST", "/rooms", {"live_id": f"r{number}"})["room_id"]
        Person(f"P{number}").enter(f"r{number}")
    with django_assert_num_queries(2):  # token, rooms
        assert [r["member_count"] for r in api("GET", "/rooms")["content"]] == [1] * 5
    with django_assert_num_queries(3):
        api("GET", f"/rooms/{room_id}/members")


def test_members_are_listed_and_a_room_is_handed_over(api, host, guest):
    host.enter("r")
    guest.enter("r", role="fan")
    [room] = api("GET", "/rooms")["content"]
    path = f"/rooms/{room['room_id']}"
    people = api("GET", f"{path}/members")["content"]
    assert [person["display_name"] for person in people] == ["Anna", "Bo"]
    assert people[1]["role"] == "fan"
    assert room["owner_id"] == people[0]["member_id"]
    handed = api("PUT", path, {"owner_id": people[1]["member_id"], "subject": "Hers"})
    assert (handed["owner_id"], handed["subject"]) == (people[1]["member_id"], "Hers")
    guest.ok("update_room", roomId="r", title="Mine")
    assert host.code("update_room", roomId="r", title="Mine") == 98
    api("PUT", path, {"owner_id": "nobody"}, 404)


def test_who_is_put_out_stays_out_until_the_room_closes(api, host, guest):
    host.enter("r")
    guest.enter("r")
    [room] = api("GET", "/rooms")["content"]
    member = f"/rooms/{room['room_id']}/members/{guest.user.public_id}"
    assert api("DELETE", member) == {"ok": True}
    assert host.inside("r") == [host.id]
    assert guest.code("enter_room", appId=APP, roomId="r") == 98
    assert host.inside("r") == [host.id]
    api("DELETE", member, status=404)
    host.ok("destroy_room", roomId="r")
    host.enter("r")
    guest.enter("r")
    assert host.inside("r") == [host.id, guest.id]
    assert not RoomBan.objects.exists()
    assert "member_kicked" in events()


def test_rooms_of_another_team_are_unknown(api, other, host):
    host.enter("r")
    [room] = api("GET", "/rooms")["content"]
    path = f"/rooms/{room['room_id']}"
    assert other("GET", "/rooms")["content"] == []
    for method, where, body in (
        ("GET", path, None),
        ("PUT", path, {"room_name": "x"}),
        ("DELETE", path, None),
        ("GET", f"{path}/members", None),
        ("DELETE", f"{path}/members/{host.user.public_id}", None),
    ):
        assert other(method, where, body, 404) == other("GET", "/rooms/none", status=404)
    assert host.inside("r") == [host.id]


@pytest.mark.parametrize(
    "body",
    [
        "{", "[]", '"x"', "null",
        {"room_name": 1}, {"room_name": "x" * 65}, {"room_name": None}, {"room_name": "a\x00b"},
        {"picture": "x" * 513}, {"category": "x" * 33}, {"live_id": ""}, {"live_id": "x" * 65},
        {"app_id": ["1"]}, {"description": "\ud800"},
    ],
)  # fmt: skip
def test_a_bad_room_is_refused_and_nothing_is_stored(api, body):
    api("POST", "/rooms", body, 400)
    assert not Room.across_teams.exists()


@pytest.mark.parametrize(
    "query", ["page=-1", "page=x", "page_size=0", "state=odd", "order=up", "category=" + "x" * 33]
)
def test_a_bad_query_is_refused(api, query):
    api("GET", f"/rooms?{query}", status=400)


@pytest.mark.parametrize("room_id", ["x", "%00", "é", "1" * 300, "%2e%2e"])
def test_an_id_that_nobody_can_have_is_unknown(api, room_id):
    api("GET", f"/rooms/{room_id}", status=404)
    api("DELETE", f"/rooms/{room_id}/members/{room_id}", status=404)


def test_a_token_without_the_scope_is_refused(live_team, bearer):
    key = create_api_client(actor=TESTER, team=live_team, name="S", scopes=["sessions"])
    Api(bearer(*key))("GET", "/rooms", status=403)
    assert Team.objects.count() == 1
