"""`/v1/rooms/:id/messages` and `/v1/sessions/:id/messages`: a back office and what is said."""

import json

import pytest
from django.conf import settings

from accounts.services import create_api_client, create_team
from chat.models import Conversation
from rooms.models import Room
from rooms.services import live
from rtcserver.events import Actor
from rtcserver.models import Event
from sessions_api.models import Participant, Session
from tests.chat.places import ACTOR, people
from tests.factories import ParticipantFactory, SessionFactory

TESTER = Actor("system", "tests", "tests")


class Api:
    def __init__(self, http):
        self.http = http

    def __call__(self, method, path, body=None, status=200):
        sent = "" if body is None else body if isinstance(body, str) else json.dumps(body)
        answer = self.http.generic(method, f"/v1{path}", sent, content_type="application/json")
        assert answer.status_code == status, (answer.status_code, answer.content)
        answered = answer.json()
        if status >= 400:
            assert set(answered["error"]) == {"code", "message"}
            return answered["error"]["code"]
        return answered


def back_office(bearer, team, scopes=("rooms", "sessions")):
    return Api(bearer(*create_api_client(actor=TESTER, team=team, name="B", scopes=scopes)))


@pytest.fixture
def live_team(db):
    return create_team(actor=TESTER, name=settings.LIVEROOM_TEAM)


@pytest.fixture(params=["room", "session"])
def place(request, live_team):
    """A conversation-to-be of the live team, its path, and how a request names its guest."""
    if request.param == "room":
        members = people("Anna", "Bo")
        for user in members:
            live.enter_room(user, actor=ACTOR, room_id="stage")
        room = Room.across_teams.get()
        return Here(f"/rooms/{room.public_id}", {"member_id": members[1].public_id}, "Bo")
    row = SessionFactory(client=None, team=live_team, has_lobby=False)
    guest = ParticipantFactory(session=row, display_name="Bo")
    return Here(f"/sessions/{row.public_id}", {"participant_id": str(guest.public_id)}, "Bo")


class Here:
    def __init__(self, subject, guest, guest_name):
        self.path, self.guest, self.guest_name = f"{subject}/messages", guest, guest_name
        self.subject = subject


@pytest.fixture
def api(bearer, live_team):
    return back_office(bearer, live_team)


@pytest.fixture
def other(bearer, team):
    return back_office(bearer, team)


def texts(page):
    return [entry["body"] for entry in page["content"]]


def test_a_back_office_speaks_for_the_system_or_for_somebody(api, place):
    assert api("GET", place.path) == {"content": [], "page_size": 0, "more": False}
    assert not Conversation.across_teams.exists()  # reading creates none
    posted = api("POST", place.path, {"body": "Welcome", "sender_name": "Clinic"})
    assert posted["number"] == 1
    assert posted["sent_time"].endswith("GMT")
    api("POST", place.path, {"body": {"n": 1}, "type": "app:n", **place.guest})
    system, guest = api("GET", place.path)["content"]
    assert system == {
        "number": 1,
        "sent_time": posted["sent_time"],
        "kind": "system",
        "target": None,
        "sender_id": "system",
        "sender_name": "Clinic",
        "sender_picture": "",
        "client_id": None,
        "type": "text",
        "body": "Welcome",
        "edited_time": None,
        "removed_time": None,
    }
    assert (guest["kind"], guest["sender_name"]) == ("message", place.guest_name)
    assert guest["body"] == {"n": 1}
    secret = place.guest.get("participant_id", "nothing")
    assert secret not in json.dumps(api("GET", place.path))  # an entry id is a credential


def test_a_retry_is_answered_with_the_first_message(api, place):
    body = {"body": "once", "client_id": "abc"}
    assert api("POST", place.path, body) == api("POST", place.path, body)
    assert texts(api("GET", place.path)) == ["once"]


def test_pages_go_both_ways(api, place):
    for number in range(1, 8):
        api("POST", place.path, {"body": f"{number}"})
    last = api("GET", f"{place.path}?limit=3")
    assert (texts(last), last["more"], last["page_size"]) == (["5", "6", "7"], True, 3)
    earlier = api("GET", f"{place.path}?limit=5&before=5")
    assert (texts(earlier), earlier["more"]) == (["1", "2", "3", "4"], False)
    later = api("GET", f"{place.path}?limit=2&after=3")
    assert (texts(later), later["more"]) == (["4", "5"], True)
    assert texts(api("GET", f"{place.path}?after=7")) == []
    assert len(texts(api("GET", f"{place.path}?limit=100000"))) == 7


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=x", "before=-1", "after=-1", "before=1&after=1", f"after={10**30}"],
)
def test_odd_pages_are_refused(api, place, query):
    assert api("GET", f"{place.path}?{query}", status=400) == "invalid"


def test_a_list_takes_the_same_number_of_queries_however_long(
    api, place, django_assert_max_num_queries
):
    for number in range(20):
        api("POST", place.path, {"body": f"{number}"})
    with django_assert_max_num_queries(4):
        assert len(texts(api("GET", place.path))) == 20


def test_a_message_is_removed_and_that_is_told(api, place):
    api("POST", place.path, {"body": "rude", **place.guest})
    for _time in range(2):
        assert api("DELETE", f"{place.path}/1") == {"ok": True}
    removed, told = api("GET", place.path)["content"]
    assert removed["body"] is None
    assert removed["removed_time"]
    assert (told["kind"], told["target"]) == ("deleted", 1)
    event = Event.objects.get(type="message.deleted")
    assert (event.actor_kind, event.dialect) == ("api_client", "coviu")


@pytest.mark.parametrize("number", ["2", "0", "-1", "x", "１", "9" * 40, "1.0"])
def test_a_number_nobody_has_is_404(api, place, number):
    api("POST", place.path, {"body": "one"})
    api("DELETE", f"{place.path}/{number}", status=404)


def test_nothing_can_be_removed_where_nothing_was_said(api, place):
    assert api("DELETE", f"{place.path}/1", status=404) == "not_found"


def test_other_teams_find_nothing(api, other, place):
    api("POST", place.path, {"body": "ours"})
    assert other("GET", place.path, status=404) == "not_found"
    assert other("POST", place.path, {"body": "theirs"}, status=404) == "not_found"
    assert other("DELETE", f"{place.path}/1", status=404) == "not_found"
    assert texts(api("GET", place.path)) == ["ours"]


def test_a_key_without_the_scope_is_refused(bearer, live_team, place):
    scope = "sessions" if place.subject.startswith("/rooms") else "rooms"
    api = back_office(bearer, live_team, [scope])
    api("GET", place.path, status=403)
    api("POST", place.path, {"body": "x"}, status=403)
    api("DELETE", f"{place.path}/1", status=403)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"body": None},
        {"body": ""},
        {"body": 1},
        {"body": "\ud800"},
        {"body": "x" * 20_000},
        {"body": "x", "type": 1},
        {"body": "x", "type": ""},
        {"body": "x", "type": "a b"},
        {"body": "x", "client_id": ""},
        {"body": "x", "client_id": 5},
        {"body": "x", "client_id": "c" * 65},
        {"body": "x", "sender_name": 5},
        {"body": {"url": "javascript:x"}, "type": "image"},
        [],
        "x",
        "[" * 100_000,
        '{"body": 1e999, "type": "app:n"}',
    ],
)
def test_what_is_no_message_is_400(api, place, body):
    api("POST", place.path, body, status=400)
    assert texts(api("GET", place.path)) == []


def test_nobody_speaks_who_is_not_there(api, place):
    strangers = {"member_id": people("Cai")[0].public_id}
    if "participant_id" in place.guest:
        foreign = ParticipantFactory(session=SessionFactory())
        same_team = ParticipantFactory(
            session=SessionFactory(client=None, team=live_team_of(place))
        )
        for stranger in (foreign, same_team):
            body = {"body": "x", "participant_id": str(stranger.public_id)}
            api("POST", place.path, body, status=404)
        Participant.across_teams.update(canceled_at="2020-01-01T00:00:00Z")
        body = {"body": "x", **place.guest}
        assert api("POST", place.path, body, status=403) == "not_in_conversation"
    else:
        api("POST", place.path, {"body": "x", **strangers}, status=404)
        api("POST", place.path, {"body": "x", "member_id": "\x00"}, status=400)
    assert texts(api("GET", place.path)) == []


def live_team_of(place):
    return Session.across_teams.get(public_id=place.subject.split("/")[2]).team


def test_what_is_over_is_read_and_no_longer_written(api, place):
    api("POST", place.path, {"body": "one"})
    api("DELETE", place.subject)
    assert texts(api("GET", place.path)) == ["one"]
    assert api("POST", place.path, {"body": "two"}, status=400) == "conversation_closed"
    api("DELETE", f"{place.path}/1")
    assert texts(api("GET", place.path)) == [None, None]
