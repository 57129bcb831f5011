"""What a person is shown: their conversations, unread counts, positions, kept history."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.services import erase_user, export_user
from chat import services
from chat.errors import UnknownConversation
from chat.models import Conversation, Message, ReadPosition
from chat.reading import conversations_of, entries_after, entries_before, unread_counts
from chat.services import Speaker
from rtcserver.worker import Worker
from social import services as social
from tests.chat.places import ACTOR, befriend, group, live_room, pair, people, session, user_of
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def read(place, seq, reader=None):
    reader = reader or place.guest
    return services.mark_read(conversation=place.conversation, reader=reader, seq=seq)


def unread(place, reader=None):
    return unread_counts((reader or place.guest).key, [place.pk])[place.pk]


def later(days):
    return time_machine.travel(timezone.now() + timedelta(days=days))


class TestUnread:
    def test_messages_of_others_behind_the_position_count(self):
        place = group()
        for text in "abc":
            place.say(text)
        place.say("mine", place.guest)
        assert unread(place) == 3
        assert read(place, 2)
        assert unread(place) == 1
        services.recall(conversation_id=place.pk, seq=3, speaker=place.host)
        assert unread(place) == 0

    def test_it_is_counted_to_a_hundred(self, settings):
        settings.CHAT_MESSAGES_PER_10_SECONDS = 1000
        place = group()
        services.post_many([place.draft("a") for _time in range(120)])
        assert unread(place) == 100

    def test_one_query_for_any_number(self, django_assert_num_queries):
        places = [group(), live_room(), session()]
        for place in places:
            place.say("a")
        with django_assert_num_queries(1):
            counts = unread_counts("person:x", [place.pk for place in places])
        assert counts == {place.pk: 1 for place in places}

    def test_a_position_never_moves_back_nor_beyond_the_end(self):
        place = pair()
        for text in "abc":
            place.say(text)
        assert read(place, 2)
        assert not read(place, 1)
        assert not read(place, 2)
        assert read(place, 10**30)
        assert ReadPosition.objects.get().seq == 3
        assert not read(place, -5)

    def test_strangers_have_no_position(self):
        place = pair()
        place.say("a")
        with pytest.raises(UnknownConversation):
            read(place, 1, Speaker.person(UserFactory()))


class TestLists:
    @pytest.fixture
    def anna(self):
        return people("Anna")[0]

    @pytest.fixture
    def full(self, anna):
        """Anna owns a live room, is in a group, and has a friend; others have theirs."""
        bo, cai = people("Bo", "Cai")
        befriend(cai, anna)
        befriend(bo, cai)
        live_room("elsewhere", members=[bo])
        return [live_room(members=[anna, bo]), group([bo, anna])]

    def test_everything_a_person_is_in_also_what_nobody_wrote_in(self, anna, full):
        assert len(conversations_of(anna).conversations) == 2
        services.open_conversations(anna)
        services.open_conversations(anna)  # nothing is missing any more
        listed = conversations_of(anna).conversations
        assert sorted(row["kind"] for row in listed) == ["friend", "group", "live"]
        friend = next(row for row in listed if row["kind"] == "friend")
        assert (friend["subject"]["name"], friend["last"], friend["unread"]) == ("Cai", None, 0)

    def test_the_last_active_come_first_with_what_was_said(self, anna, full):
        stage, choir = full
        choir.say("older")
        stage.say("newer", stage.guest)
        first, second = conversations_of(anna).conversations
        assert (first["id"], first["unread"]) == (stage.conversation.public_id, 1)
        assert first["last"]["body"] == "newer"
        assert second["subject"] == {
            "id": choir.conversation.room.public_id,
            "key": None,
            "name": "Choir",
            "picture": "",
        }
        read(stage, 1, stage.host)
        again = conversations_of(anna).conversations[0]
        assert (again["unread"], again["read"], again["lastSeq"]) == (0, 1, 1)

    def test_what_one_has_left_is_not_listed(self, anna, full):
        _stage, choir = full
        room = choir.conversation.room
        social.quit_group(actor=ACTOR, user=anna, group_id=room.public_id)
        assert [row["kind"] for row in conversations_of(anna).conversations] == ["live"]

    def test_pages_show_each_once(self, anna, full):
        services.open_conversations(anna)
        seen, cursor = [], None
        for _page in range(3):
            page = conversations_of(anna, cursor=cursor, limit=1)
            seen += [row["id"] for row in page.conversations]
            cursor = page.cursor
        assert cursor is None
        assert len(set(seen)) == 3
        for bad in ("", "x", "1", "1-x", "9" * 30 + "-1"):
            with pytest.raises(ValueError, match="cursor"):
                conversations_of(anna, cursor=bad)

    def test_the_number_of_queries_does_not_grow(self, anna):
        def queries():
            with CaptureQueriesContext(connection) as told:
                found = conversations_of(anna).conversations
            return len(told), len(found)

        bo = people("Bo")[0]
        group([anna, bo]).say("a")
        few = queries()
        for _number in range(5):
            group([anna, bo]).say("a")
        assert queries() == (few[0], few[1] + 5)
        with CaptureQueriesContext(connection) as told:
            services.open_conversations(anna)
        assert len(told) <= 6


class TestHistory:
    def test_pages_back(self):
        place = pair()
        for number in range(1, 8):
            place.say(f"{number}")
        last = entries_before(place.conversation, None, 3)
        assert [entry["seq"] for entry in last.entries] == [5, 6, 7]
        assert last.more
        first = entries_before(place.conversation, 3, 3)
        assert [entry["seq"] for entry in first.entries] == [1, 2]
        assert not first.more

    def test_a_page_is_one_query(self, django_assert_num_queries):
        place = pair()
        for _number in range(5):
            place.say("a")
        with django_assert_num_queries(1):
            entries_after(place.conversation, 0, 3)
        with django_assert_num_queries(1):
            entries_before(place.conversation, None, 3)

    def test_it_is_kept_for_ever_unless_the_operator_says_otherwise(self, settings):
        place = pair()
        place.say("old")
        with later(4000):
            services.sweep_history()
        assert place.bodies() == ["old"]

    def test_what_is_too_old_goes_and_readers_are_told(self, settings):
        settings.CHAT_HISTORY_DAYS = 30
        place, other = group(), pair()
        for text in ("old", "older"):
            place.say(text)
        other.say("old")
        services.report(
            conversation_id=place.pk, seq=1, speaker=place.guest, actor=ACTOR, reason="rude"
        )
        with later(31):
            place.say("new")
            assert services.sweep_history() >= 3
            assert services.sweep_history() == 0
        conversation = Conversation.across_teams.get(pk=place.pk)
        assert (conversation.first_seq, conversation.last_seq) == (3, 3)
        page = entries_after(conversation, 0, 10)
        assert [entry["body"] for entry in page.entries] == ["new"]
        assert page.missed
        assert not entries_after(conversation, 2, 10).missed
        nothing = entries_after(other.conversation, 0, 10)
        assert nothing.missed
        assert not entries_after(other.conversation, 1, 10).missed
        assert other.say("goes on").seq == 2

    def test_the_sweep_is_run_by_every_worker(self):
        assert "chat.history" in Worker().run_due()


def test_a_removed_person_keeps_no_name_on_what_was_said():
    place = group(people("Anna", "Bo", "Cai"))
    place.say("hello", place.guest)
    read(place, 1)
    erase_user(user_of(place.guest), actor=ACTOR)
    entry = place.entries()[0]
    assert entry["body"] == "hello"
    assert entry["sender"] == {"key": place.guest.key, "name": "", "picture": ""}
    assert not ReadPosition.objects.exists()
    assert place.tries("more", place.guest) == "not_in_conversation"


def test_a_person_can_have_all_they_said():
    place = group()
    place.say("hello", place.guest)
    place.say({"n": 1}, place.guest, type="app:n")
    read(place, 2)
    services.report(conversation_id=place.pk, seq=1, speaker=place.guest, actor=ACTOR, reason="x")
    kept = export_user(user_of(place.guest))
    assert [row["body"] for row in kept["messages"]] == ["hello", {"n": 1}]
    assert kept["read"] == [{"conversation": place.conversation.public_id, "up_to": 2}]
    assert [row["reason"] for row in kept["reports"]] == ["x"]
    assert Message.objects.count() == 2
