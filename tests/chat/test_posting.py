"""Storing messages: their order, retries, and that one refused draft spoils nothing."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.models import Message
from chat.reading import entries_after
from chat.services import Draft, Posted, Speaker, post_many
from rtcserver.errors import DomainError
from tests.chat.places import PLACES, group, live_room, people, session
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(params=PLACES)
def place(request):
    return PLACES[request.param]()


def test_messages_get_the_next_numbers_of_their_conversation(place):
    posted = [place.say(f"hello {number}") for number in range(3)]
    assert [row.seq for row in posted] == [1, 2, 3]
    assert place.say("and you", place.guest).seq == 4
    first, *_others, last = place.entries()
    assert first["body"] == "hello 0"
    assert first["kind"] == "message"
    assert first["sender"]["key"] == place.host.key
    assert last["sender"]["name"] == place.guest.name


def test_an_entry_is_complete(transactional_db):
    place = live_room()
    posted = place.say("héllo 你好", client_id="c1")
    entry = place.entries()[0]
    assert entry == {
        "seq": 1,
        "kind": "message",
        "sender": {"key": place.host.key, "name": "Anna", "picture": ""},
        "clientId": "c1",
        "type": "text",
        "body": "héllo 你好",
        "time": entry["time"],
    }
    assert entry["time"].endswith("Z")
    assert posted.created_at.isoformat()[:19] == entry["time"][:19]


def test_a_retry_is_answered_with_the_first_result(place):
    first = place.say("hello", client_id="c1")
    place.say("in between")
    again = place.say("hello", client_id="c1")
    assert (again.seq, again.created_at, again.is_new) == (first.seq, first.created_at, False)
    assert place.bodies() == ["hello", "in between"]


def test_the_same_id_of_another_sender_or_in_another_conversation_is_another_message():
    one, other = live_room("one"), group()
    assert one.say("a", client_id="c1").is_new
    assert one.say("b", one.guest, client_id="c1").is_new
    assert other.say("c", client_id="c1").is_new


def test_a_retry_is_answered_even_when_the_sender_may_no_longer_write():
    place = group()
    first = place.say("hello", place.guest, client_id="c1")
    place.conversation.room.memberships.filter(user=place.guest.user_id).delete()
    assert place.tries("more", place.guest) == "not_in_conversation"
    assert place.say("hello", place.guest, client_id="c1").seq == first.seq


def test_a_retry_is_answered_whatever_its_body_is_now():
    place = group()
    first = place.say("hello", client_id="c1")
    for body in ("", 1, "x" * 20_000):
        assert place.say(body, client_id="c1").seq == first.seq
        assert place.tries(body, client_id="c2") in ("bad_message", "message_too_long")
    assert place.bodies() == ["hello"]


def test_a_batch_keeps_its_order_and_refusals_spoil_nothing():
    stage, choir = live_room(), group()
    stranger = Speaker.person(UserFactory())
    results = post_many(
        [
            stage.draft("one"),
            choir.draft("uno"),
            stage.draft("no", stranger),
            stage.draft(""),
            stage.draft("two", stage.guest, client_id="c"),
            Draft(10**9, stranger, "nowhere"),
            stage.draft("two", stage.guest, client_id="c"),
            choir.draft("dos"),
        ]
    )
    assert [outcome(result) for result in results] == [
        1,
        1,
        "not_in_conversation",
        "bad_message",
        2,
        "conversation_not_found",
        (2, "again"),
        2,
    ]
    assert stage.bodies() == ["one", "two"]
    assert choir.bodies() == ["uno", "dos"]


def outcome(result):
    if isinstance(result, DomainError):
        return result.slug
    return result.seq if result.is_new else (result.seq, "again")


def test_a_batch_takes_the_same_number_of_statements_however_large():
    def statements(drafts):
        with CaptureQueriesContext(connection) as told:
            results = post_many(drafts)
        assert all(isinstance(result, Posted) for result in results), results
        return len(told)

    small = [live_room("a"), group(), session()]
    large = [live_room(key) for key in "bcd"] + [group() for _n in range(3)]
    large += [session() for _n in range(3)]

    def drafts(places, each):
        return [
            place.draft(f"{number}", speaker, client_id=f"{number}")
            for place in places
            for speaker in place.speakers
            for number in range(each)
        ]

    small[0].say("so that the words are known")
    assert statements(drafts(small, 1)) == statements(drafts(large, 3))


def test_one_message_in_a_room_takes_few_statements(django_assert_num_queries):
    place = live_room()
    with time_machine.travel(timezone.now(), tick=False):
        place.say("first")
        # savepoint and its release, conversation, membership, end of the order with the message
        with django_assert_num_queries(5 if connection.vendor == "postgresql" else 6):
            place.say("second")


@pytest.mark.parametrize(
    ("facts", "slug"),
    [
        ({"body": ""}, "bad_message"),
        ({"body": 1}, "bad_message"),
        ({"body": None}, "bad_message"),
        ({"body": ["text"]}, "bad_message"),
        ({"body": "\ud800"}, "bad_message"),
        ({"body": "x" * 16_383}, "message_too_long"),
        ({"body": "好" * 5_461}, "message_too_long"),
        ({"body": {}, "type": "image"}, "bad_message"),
        ({"body": {"url": "javascript:alert(1)"}, "type": "image"}, "bad_message"),
        ({"body": {"url": "https://[bad"}, "type": "image"}, "bad_message"),
        ({"body": {"url": 1}, "type": "image"}, "bad_message"),
        ({"body": float("nan"), "type": "RC:Any"}, "bad_message"),
        ({"body": {"a": [float("inf")]}, "type": "RC:Any"}, "bad_message"),
        ({"body": "x", "type": ""}, "bad_message"),
        ({"body": "x", "type": "1"}, "bad_message"),
        ({"body": "x", "type": "a b"}, "bad_message"),
        ({"body": "x", "type": "t\n"}, "bad_message"),
        ({"body": "x", "type": "t" * 33}, "bad_message"),
        ({"body": "x", "client_id": ""}, "bad_message"),
        ({"body": "x", "client_id": "c" * 65}, "bad_message"),
        ({"body": "x", "client_id": "\x00"}, "bad_message"),
        ({"body": "x", "client_id": "\ud800"}, "bad_message"),
        ({"body": "x" * 16_382}, None),
        ({"body": "nul \x00 in it"}, "bad_message"),
        ({"body": {"url": "https://p.example/a.png"}, "type": "image"}, None),
        ({"body": {"content": "hi", "extra": None}, "type": "RC:TxtMsg"}, None),
        ({"body": [1, 2.5, True, None, "x"], "type": "app:numbers"}, None),
    ],
)
def test_what_a_message_may_consist_of(facts, slug):
    place = live_room()
    body = facts.pop("body")
    assert place.tries(body, **facts) == slug
    assert place.bodies() == ([] if slug else [body])


def test_a_body_is_nested_only_so_deeply():
    place, deep, deeper = live_room(), [], []
    for _level in range(32):
        deep = [deep]
    for _level in range(5_000):
        deeper = [deeper]
    assert place.tries(deep, type="app:deep") is None
    assert place.tries([deep], type="app:deep") == "bad_message"
    assert place.tries(deeper, type="app:deep") == "bad_message"
    assert place.bodies() == [deep]


def test_what_staff_and_api_clients_write_is_a_system_message(api_client):
    place = session(client=api_client)
    client = Speaker.api_client(api_client.client_id, team_id=api_client.team_id, name="Clinic")
    place.say("The doctor is late.", client)
    place.say("Hello from the server.", Speaker.system())
    first, second = place.entries()
    assert (first["kind"], first["sender"]["name"]) == ("system", "Clinic")
    assert {first["sender"]["key"], second["sender"]["key"]} == {"system"}  # no key on the wire


def test_readers_are_woken_once_for_each_conversation(django_capture_on_commit_callbacks):
    one, other = people(), people()
    stage, choir = live_room(members=one), group(other)
    with django_capture_on_commit_callbacks() as callbacks:
        post_many([stage.draft("a"), choir.draft("b"), stage.draft("c"), stage.draft("")])
    told = {call.args[0]: call.args[1] for call in callbacks}
    topic = f"chat.{stage.conversation.public_id}"
    assert len(callbacks) == 2
    assert told[topic] == {"type": "chat.entries", "entries": stage.entries()}


def test_readers_continue_by_number_and_page_back():
    place = live_room()
    for number in range(1, 8):
        place.say(f"{number}")
    page = entries_after(place.conversation, 2, 3)
    assert [entry["body"] for entry in page.entries] == ["3", "4", "5"]
    assert page.more
    assert not page.missed
    assert not entries_after(place.conversation, 7, 3).entries
    assert Message.objects.count() == 7
