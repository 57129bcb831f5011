"""Rules that hold for those who may write: mutes, slow mode, hosts only, rate, blocked words."""

from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from chat import services
from chat.errors import BadDuration, BadMessage, NotInCharge, UnknownConversation
from chat.models import BlockedWord, Conversation, Message, Mute
from chat.services import Speaker, post_many
from chat.services.rates import _Known
from chat.services.words import CACHE_SECONDS, forget_words
from rtcserver.errors import DomainError
from rtcserver.models import Event
from tests.chat.places import ACTOR, group, live_room, pair, session, user_of
from tests.factories import TeamFactory, UserFactory

pytestmark = pytest.mark.django_db


def later(seconds):
    return time_machine.travel(timezone.now() + timedelta(seconds=seconds))


def facts_of(row):
    return {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if f.name != "id"}


def slugs(results):
    return [r.slug if isinstance(r, DomainError) else None for r in results]


def act(service, place, speaker=None, **facts):
    speaker = speaker or place.host
    return service(conversation_id=place.pk, speaker=speaker, actor=ACTOR, **facts)


class TestMutes:
    def test_who_is_muted_reads_and_does_not_write(self):
        place = group()
        act(services.mute, place, sender_key=place.guest.key, seconds=60)
        assert place.tries("hello", place.guest) == "sender_muted"
        assert services.may_read(conversation=place.conversation, speaker=place.guest)
        assert place.tries("hello") is None
        with later(61):
            assert place.tries("hello", place.guest) is None

    def test_it_lasts_until_it_is_taken_back(self):
        place = session()
        act(services.mute, place, sender_key=place.guest.key)
        with later(3600 * 24):
            assert Mute.objects.active().count() == 1
        act(services.unmute, place, sender_key=place.guest.key)
        assert place.tries("hello", place.guest) is None
        told = Event.objects.filter(subject_kind="conversation").order_by("id")
        assert [event.type for event in told] == ["sender.muted", "sender.unmuted"]

    def test_muted_again_the_new_time_holds(self):
        place = session()
        for seconds in (None, 5):
            act(services.mute, place, sender_key=place.guest.key, seconds=seconds)
        with later(6):
            assert place.tries("hello", place.guest) is None

    def test_a_mute_holds_in_its_conversation_alone(self):
        one, other = live_room("a"), group()
        act(services.mute, one, sender_key=other.guest.key)
        assert other.tries("hello", other.guest) is None

    @pytest.mark.parametrize("seconds", [0, -1, 10**12])
    def test_a_mute_has_a_time_that_can_be(self, seconds):
        place = session()
        with pytest.raises(BadDuration):
            act(services.mute, place, sender_key=place.guest.key, seconds=seconds)

    @pytest.mark.parametrize("key", ["\x00", "\ud800", "x" * 129])
    def test_what_can_be_no_sender_is_refused(self, key):
        place = session()
        for service in (services.mute, services.unmute):
            with pytest.raises(BadMessage):
                act(service, place, sender_key=key)


class TestCharge:
    @pytest.mark.parametrize("make", [live_room, group, session])
    def test_only_those_in_charge_moderate(self, make):
        place = make()
        stranger = Speaker.person(UserFactory())
        acts = [
            (services.mute, {"sender_key": "x"}),
            (services.unmute, {"sender_key": "x"}),
            (services.set_slow_mode, {"seconds": 5}),
            (services.set_only_hosts_write, {"only_hosts": True}),
        ]
        for service, facts in acts:
            with pytest.raises(NotInCharge):
                act(service, place, place.guest, **facts)
            with pytest.raises(UnknownConversation):
                act(service, place, stranger, **facts)
            act(service, place, **facts)
            act(service, place, Speaker.staff(UserFactory(is_superuser=True)), **facts)

    def test_of_two_friends_nobody_is_in_charge(self):
        place = pair()
        for speaker in place.speakers:
            with pytest.raises(NotInCharge):
                act(services.set_slow_mode, place, speaker, seconds=5)


class TestSlowMode:
    @pytest.fixture
    def place(self):
        place = live_room()
        act(services.set_slow_mode, place, seconds=10)
        return place

    def test_each_sender_waits_and_those_in_charge_do_not(self, place):
        assert place.tries("one", place.guest) is None
        assert place.tries("two", place.guest) == "slow_mode"
        assert [place.tries("host") for _time in range(2)] == [None, None]
        with later(11):
            assert place.tries("two", place.guest) is None

    def test_it_holds_within_one_batch(self, place):
        drafts = [place.draft(text, place.guest) for text in "abc"]
        assert slugs(post_many(drafts)) == [None, "slow_mode", "slow_mode"]

    def test_a_message_taken_back_counts(self, place):
        posted = place.say("one", place.guest)
        services.recall(conversation_id=place.pk, seq=posted.seq, speaker=place.guest)
        assert place.tries("two", place.guest) == "slow_mode"

    def test_other_conversations_are_not_slowed(self, place):
        other = group([*map(user_of, place.speakers)])
        place.say("one", place.guest)
        assert other.tries("two", place.guest) is None

    @pytest.mark.parametrize("seconds", [-1, 10**6])
    def test_it_has_a_length_that_can_be(self, place, seconds):
        with pytest.raises(BadDuration):
            act(services.set_slow_mode, place, seconds=seconds)


def test_where_only_hosts_write_others_read():
    place = session()
    act(services.set_only_hosts_write, place, only_hosts=True)
    assert place.tries("hello", place.guest) == "hosts_only"
    assert place.tries("hello") is None
    assert services.may_read(conversation=place.conversation, speaker=place.guest)
    act(services.set_only_hosts_write, place, only_hosts=False)
    assert place.tries("hello", place.guest) is None


class TestRate:
    @pytest.fixture(autouse=True)
    def five_in_ten_seconds(self, settings):
        settings.CHAT_MESSAGES_PER_10_SECONDS = 5

    def test_a_person_sends_so_many_in_ten_seconds_wherever(self):
        place = live_room()
        other = group([*map(user_of, place.speakers)])
        assert [place.tries("a") for _time in range(3)] == [None] * 3
        assert [other.tries("a") for _time in range(3)] == [None, None, "too_many_messages"]
        assert place.tries("a", place.guest) is None
        with later(11):
            assert place.tries("a") is None

    def test_it_holds_within_one_batch(self):
        place = live_room()
        results = post_many([place.draft("a") for _time in range(7)])
        assert slugs(results) == [None] * 5 + ["too_many_messages"] * 2

    def test_edits_count(self):
        place = live_room()
        posted = place.say("a")
        facts = {"conversation_id": place.pk, "seq": posted.seq, "speaker": place.host}
        for number in range(4):
            services.edit(**facts, body=f"{number}")
        assert place.tries("a") == "too_many_messages"

    def test_what_is_taken_back_counts_once(self):
        place = live_room()
        for _time in range(2):
            seq = place.say("a").seq
            services.recall(conversation_id=place.pk, seq=seq, speaker=place.host)
        assert [place.tries("a") for _time in range(4)] == [None] * 3 + ["too_many_messages"]

    def test_what_was_counted_meanwhile_is_not_forgotten_for_an_older_look(self):
        known, now = _Known(), timezone.now()
        place = (1, "person:a")
        assert known.of(Counter([place]), 10, now) == {}
        for n in (4, 2):
            known.put({place: n})
        assert known.of(Counter([place]), 10, now) == {place: 4}

    def test_what_other_processes_stored_counts_after_a_second(self, settings):
        settings.CHAT_MESSAGES_PER_10_SECONDS = 20
        place = live_room()
        place.say("here")
        [row] = Message.objects.all()
        elsewhere = range(2, 21)
        Message.objects.bulk_create(
            Message(**{**facts_of(row), "seq": seq, "created_at": timezone.now()})
            for seq in elsewhere
        )
        Conversation.across_teams.filter(pk=place.pk).update(last_seq=20)
        with later(1.5):
            assert place.tries("more") == "too_many_messages"

    def test_edits_count_at_once(self, settings):
        settings.CHAT_MESSAGES_PER_10_SECONDS = 30
        place = live_room()
        facts = {"conversation_id": place.pk, "seq": place.say("a").seq, "speaker": place.host}
        for number in range(29):
            services.edit(**facts, body=f"{number}")
        assert place.tries("a") == "too_many_messages"

    def test_api_clients_have_a_limit_of_their_own(self):
        place = live_room()
        team = Speaker.api_client("key", team_id=place.conversation.team_id)
        assert not any(slugs(post_many([place.draft("a", team) for _time in range(9)])))


class TestWords:
    @pytest.fixture
    def place(self):
        return live_room()

    def block(self, word, action="replace", team=None):
        BlockedWord.objects.create(word=word, action=action, team=team)
        forget_words()

    @pytest.mark.parametrize(
        ("said", "kept"),
        [
            ("what a darn thing", "what a **** thing"),
            ("DARN Darn dArN", "**** **** ****"),
            ("ｄａｒｎ it", "**** it"),  # full width
            ("d\u200ba\u200brn", "******"),  # unseen characters between
            ("\U0001d41d\U0001d41a\U0001d42b\U0001d427", "****"),  # mathematical letters
            ("all well", "all well"),
            ("darndarn", "********"),
        ],
    )
    def test_a_word_is_replaced_however_it_is_written(self, place, said, kept):
        self.block("darn")
        place.say(said)
        assert place.bodies() == [kept]

    def test_accents_and_other_scripts_are_compared_as_they_look(self, place):
        self.block("café")
        self.block("坏话")
        place.say("CAFE\u0301 说坏话了 café")
        assert place.bodies() == ["***** 说**了 ****"]

    def test_a_word_may_be_refused(self, place):
        self.block("darn", action="refuse")
        assert place.tries("Darn it") == "word_refused"
        assert not place.bodies()

    def test_words_are_found_in_every_text_of_a_custom_message(self, place):
        self.block("darn")
        body = {"content": "darn", "extra": {"lines": ["ok", "DARN"], "n": 1}, "darn": None}
        place.say(body, type="RC:TxtMsg")
        cleaned = {"content": "****", "extra": {"lines": ["ok", "****"], "n": 1}, "darn": None}
        assert place.bodies() == [cleaned]

    def test_addresses_of_pictures_stay_whole(self, place):
        self.block("darn")
        body = {"url": "https://p.example/darn.png"}
        place.say(body, type="image")
        assert place.bodies() == [body]

    def test_an_edit_is_read_too(self, place):
        self.block("darn")
        posted = place.say("fine")
        services.edit(
            conversation_id=place.pk, seq=posted.seq, speaker=place.host, body="darn fine"
        )
        assert place.bodies() == ["**** fine", "**** fine"]

    def test_words_of_a_team_hold_in_its_conversations_alone(self, place):
        own, other = place.conversation.team, TeamFactory()
        self.block("ours", team=own)
        self.block("theirs", team=other)
        self.block("anywhere")
        place.say("ours theirs anywhere")
        outside = group()
        outside.say("ours theirs anywhere")
        assert place.bodies() == ["**** theirs ********"]
        assert outside.bodies() == ["ours theirs ********"]

    def test_a_new_word_is_known_after_some_seconds(self, place):
        place.say("darn")
        BlockedWord.objects.create(word="darn")
        place.say("darn")
        with time_machine.travel(timezone.now() + timedelta(seconds=CACHE_SECONDS + 1)):
            place.say("darn")
        assert place.bodies()[-1] == "****"

    def test_words_with_signs_are_no_patterns(self, place):
        self.block("a.c*")
        place.say("abc a.c*")
        assert place.bodies() == ["abc ****"]
