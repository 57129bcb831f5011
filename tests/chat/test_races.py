"""Speakers at the same moment, on threads with connections of their own."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction

from accounts.services import erase_user
from chat import services
from chat.models import Conversation, Message, ReadPosition
from chat.services import Posted, Speaker, post_many
from rooms.models import Membership
from rooms.services import live, management
from rtcserver.errors import DomainError
from social.models import Friendship
from social.services import block_person, dismiss_group
from tests.chat.places import ACTOR, PLACES, befriend, group, live_room, pair, people, user_of
from tests.threads import held, in_parallel, until, waiting_for_rows

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


@contextmanager
def meanwhile(act):
    """Run what has to wait, on a thread; in the block it waits."""
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(in_parallel, [act])
        until(waiting_for_rows)
        yield done


@pytest.fixture
def rows_are_held():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite holds no rows")


@pytest.mark.parametrize("way_out", ["dismissed", "closed"])
def test_members_are_held_in_the_order_in_which_batches_hold_them(way_out, rows_are_held):
    place = group() if way_out == "dismissed" else live_room()
    owner, room = user_of(place.host), place.conversation.room
    again, first = Membership.objects.filter(room=room).order_by("user")
    again.delete()
    second = Membership.objects.create(room=room, user=owner, joined_at=again.joined_at)
    first.joined_at += timedelta(days=1)  # behind the other, by whatever index they are read
    first.save()
    end = partial(dismiss_group, actor=ACTOR, user=owner, group_id=room.public_id)
    if way_out == "closed":
        end = partial(live.destroy_room, owner, "stage", actor=ACTOR)
    mine = Membership.objects.filter(pk=first.pk)
    others = Membership.objects.filter(pk=second.pk)
    with held(mine) as release, meanwhile(end) as done:
        with transaction.atomic():
            assert others.select_for_update(nowait=True).get()
        release.set()
        done.result(10)
    assert not Membership.objects.present().filter(room=room).exists()


def test_friendships_are_held_in_the_order_in_which_batches_hold_them(rows_are_held):
    place = pair()
    first, second = Friendship.objects.order_by("id")
    first.save()  # behind the other, wherever it is read
    mine = Friendship.objects.filter(pk=first.pk)
    others = Friendship.objects.filter(pk=second.pk)
    with held(mine) as release, meanwhile(partial(erase_user, user_of(place.host), actor=ACTOR)):
        with transaction.atomic():
            assert others.select_for_update(nowait=True).get()
        release.set()


def test_who_blocks_waits_for_what_the_other_is_just_saying(rows_are_held):
    place = pair()
    user, other = map(user_of, place.speakers)
    speaking = Friendship.objects.filter(user=other, friend=user)
    block = partial(block_person, actor=ACTOR, user=user, friend_id=other.public_id)
    with held(speaking) as release, meanwhile(block) as done:
        assert not done.done()
        release.set()
        done.result(10)
    assert place.tries("hello", place.guest) == "sender_blocked"
