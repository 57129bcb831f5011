"""Speakers at the same moment, on threads with connections of their own."""

from functools import partial

import pytest
from django.db import connection

from accounts.services import erase_user
from chat import services
from chat.models import Conversation, Message, ReadPosition
from chat.services import Posted, Speaker, post_many
from rooms.services import live, management
from rtcserver.errors import DomainError
from tests.chat.places import ACTOR, PLACES, befriend, group, live_room, pair, people, user_of
from tests.threads import in_parallel

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_rate(settings):
    settings.CHAT_MESSAGES_PER_10_SECONDS = 10**6


def rounds(postgresql, sqlite):
    return range(postgresql if connection.vendor == "postgresql" else sqlite)


def several(times, act):
    return [act() for _time in range(times)]


@pytest.mark.parametrize("kind", PLACES)
def test_many_speakers_at_once_leave_no_gap(kind):
    place = PLACES[kind]()
    talks = [
        partial(several, 6, partial(place.say, f"{number}", place.speakers[number % 2]))
        for number in range(8)
    ]
    posted = [row for rows in in_parallel(talks) for row in rows]
    assert sorted(row.seq for row in posted) == list(range(1, 49))
    assert place.numbers() == list(range(1, 49))
    assert Conversation.across_teams.get(pk=place.pk).last_seq == 48
    times = Message.objects.order_by("seq").values_list("created_at", flat=True)
    assert list(times) == sorted(times)


def test_batches_over_the_same_conversations_in_other_orders():
    places = [live_room(key) for key in "abcd"]

    def batch(turn):
        order = places[turn % 4 :] + places[: turn % 4]
        return post_many([place.draft(f"{turn}", place.speakers[turn % 2]) for place in order])

    results = in_parallel([partial(batch, turn) for turn in range(8)])
    assert all(isinstance(row, Posted) for rows in results for row in rows)
    for place in places:
        assert place.numbers() == list(range(1, 9))


def test_one_client_id_from_many_threads_is_one_message():
    for _round in rounds(20, 4):
        place = group()
        say = partial(place.say, "hello", client_id="c1")
        posted = in_parallel([say] * 6)
        assert {row.seq for row in posted} == {1}
        assert [row.is_new for row in posted].count(True) == 1
        assert place.numbers() == [1]


def test_one_conversation_whoever_comes_first():
    for _round in rounds(20, 4):
        user, friend = people()
        befriend(user, friend)
        open_pair = services.conversation_of_pair
        acts = [partial(open_pair, user, friend), partial(open_pair, friend, user)] * 3
        acts += [partial(services.open_conversations, user)] * 2
        found = in_parallel(acts)
        assert len({row.pk for row in found if row}) == 1


def test_an_edit_and_a_recall_at_once_leave_nothing_to_read():
    for _round in rounds(40, 6):
        place = pair()
        place.say("secret")
        target = {"conversation_id": place.pk, "seq": 1, "speaker": place.host}
        recall = partial(services.recall, **target)
        edit = partial(services.edit, **target, body="other secret")
        done = in_parallel([edit, recall, edit, recall])
        refused = {row.slug for row in done if isinstance(row, DomainError)}
        assert refused <= {"message_removed"}
        assert not Message.objects.filter(conversation=place.pk).exclude(body="").exists()
        kinds = [entry["kind"] for entry in place.entries()]
        assert kinds.count("recalled") == 1
        assert place.numbers() == list(range(1, len(kinds) + 1))


@pytest.mark.parametrize("way_out", ["left", "kicked", "removed"])
def test_nobody_is_heard_after_they_are_gone(way_out):
    """What was stored before the leaving ended stays; after it nothing is added."""
    for _round in rounds(15, 4):
        key = f"room {_round}"
        place = live_room(key)
        user = user_of(place.guest)
        ways = {
            "left": partial(live.leave_room, user, key, actor=ACTOR),
            "kicked": partial(management.kick_member, place.conversation.room, user, actor=ACTOR),
            "removed": partial(erase_user, user, actor=ACTOR),
        }

        def go(way=ways[way_out], place=place):
            way()
            return Conversation.across_teams.get(pk=place.pk).last_seq

        say = partial(several, 3, partial(place.tries, "hello", place.guest))
        *told, last_heard = in_parallel([say, say, go])
        stored = [slug is None for slugs in told for slug in slugs].count(True)
        assert place.numbers() == list(range(1, stored + 1))
        assert last_heard == stored
        if way_out == "removed":
            assert {entry["sender"]["name"] for entry in place.entries()} <= {""}


def test_a_position_is_the_furthest_of_all_devices():
    for _round in rounds(20, 4):
        place = pair()
        for number in range(6):
            place.say(f"{number}")
        read = partial(services.mark_read, conversation=place.conversation, reader=place.guest)
        in_parallel([partial(read, seq=seq) for seq in (2, 6, 4, 1, 5, 3)])
        row = ReadPosition.objects.get(conversation=place.pk)
        assert row.seq == 6


def test_a_message_is_deleted_once_by_hosts_and_staff():
    for _round in rounds(20, 4):
        place = live_room(f"room {_round}")
        place.say("rude", place.guest)
        team = Speaker.api_client("key", team_id=place.conversation.team_id)
        acts = [
            partial(services.delete, conversation_id=place.pk, seq=1, speaker=speaker, actor=ACTOR)
            for speaker in (place.host, team) * 2
        ]
        done = in_parallel(acts)
        assert {row.seq for row in done} == {2}
        assert place.numbers() == [1, 2]


def test_the_rate_holds_for_many_sockets_in_one_conversation(settings):
    settings.CHAT_MESSAGES_PER_10_SECONDS = 10
    place = group()
    talks = [partial(several, 4, partial(place.tries, "a")) for _thread in range(6)]
    slugs = [slug for told in in_parallel(talks) for slug in told]
    assert slugs.count(None) == 10
