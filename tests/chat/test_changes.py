"""Editing, taking back and deleting: entries of their own, and what is left of the message."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from chat import services
from chat.models import Message
from chat.services import Speaker
from rtcserver.errors import DomainError
from rtcserver.models import Event
from tests.chat.places import ACTOR, PLACES, group, live_room, pair, session
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def edit(place, seq, body, speaker=None, **facts):
    speaker = speaker or place.host
    return services.edit(conversation_id=place.pk, seq=seq, speaker=speaker, body=body, **facts)


def recall(place, seq, speaker=None):
    return services.recall(conversation_id=place.pk, seq=seq, speaker=speaker or place.host)


def delete(place, seq, speaker=None):
    speaker = speaker or place.host
    return services.delete(conversation_id=place.pk, seq=seq, speaker=speaker, actor=ACTOR)


def slug(act, *args, **facts):
    try:
        act(*args, **facts)
    except DomainError as refusal:
        return refusal.slug
    return None


def later(seconds):
    return time_machine.travel(timezone.now() + timedelta(seconds=seconds))


@pytest.mark.parametrize("kind", PLACES)
def test_a_reader_who_continues_learns_of_each_change_once(kind):
    place = PLACES[kind]()
    place.say("one", place.guest)
    place.say("two", place.guest)
    edit(place, 1, "uno", place.guest)
    recall(place, 2, place.guest)
    edited, recalled = place.entries(since=2)
    assert (edited["seq"], edited["kind"], edited["target"]) == (3, "edited", 1)
    assert edited["body"] == "uno"
    assert (recalled["seq"], recalled["kind"], recalled["target"]) == (4, "recalled", 2)
    assert recalled["sender"]["key"] == place.guest.key
    assert place.say("three").seq == 5


def test_a_late_reader_sees_only_what_holds_now():
    place = live_room()
    for text in ("secret", "fine"):
        place.say(text)
    edit(place, 1, "other")
    edit(place, 1, "last")
    recall(place, 2)
    entries = place.entries()
    assert [entry["body"] for entry in entries] == ["last", None, "last", "last", None]
    assert "edited" in entries[0]
    assert "removed" in entries[1]
    assert "removed" not in entries[0]
    edit(place, 1, "very last")
    delete(place, 1)
    assert not Message.objects.exclude(body="").exists()


def test_readers_are_woken_by_a_change(django_capture_on_commit_callbacks):
    place = live_room()
    place.say("one")
    with django_capture_on_commit_callbacks() as callbacks:
        edit(place, 1, "uno")
    topic, message = callbacks[0].args
    assert topic == f"chat.{place.conversation.public_id}"
    assert message == {"type": "chat.entries", "entries": place.entries(since=1)}


class TestEditing:
    def test_one_edits_ones_own_messages_alone(self):
        place = group()
        place.say("mine")
        assert slug(edit, place, 1, "yours", place.guest) == "not_own_message"
        assert slug(edit, place, 2, "none") == "message_not_found"
        staff = Speaker.staff(UserFactory(is_superuser=True))
        assert slug(edit, place, 1, "theirs", staff) == "not_own_message"
        assert place.bodies() == ["mine"]

    def test_a_change_is_no_message_that_could_be_changed(self):
        place = group()
        place.say("one")
        edit(place, 1, "uno")
        assert slug(edit, place, 2, "dos") == "message_not_found"
        assert slug(recall, place, 2) == "message_not_found"
        assert slug(delete, place, 2) == "message_not_found"

    def test_a_retry_of_an_edit_is_answered_with_the_first(self):
        place = group()
        place.say("one", client_id="a")
        first = edit(place, 1, "uno", client_id="b")
        edit(place, 1, "une")
        again = edit(place, 1, "uno", client_id="b")
        assert (again.seq, again.is_new) == (first.seq, False)
        assert place.bodies()[0] == "une"

    def test_what_refuses_a_message_refuses_an_edit(self):
        place = group()
        place.say("one", place.guest)
        assert slug(edit, place, 1, "", place.guest) == "bad_message"
        assert slug(edit, place, 1, "x" * 20_000, place.guest) == "message_too_long"
        services.mute(
            conversation_id=place.pk,
            sender_key=place.guest.key,
            speaker=place.host,
            actor=ACTOR,
        )
        assert slug(edit, place, 1, "uno", place.guest) == "sender_muted"
        place.conversation.room.memberships.filter(user=place.guest.user_id).delete()
        assert slug(edit, place, 1, "uno", place.guest) == "not_in_conversation"

    def test_slow_mode_holds_up_no_edit(self):
        place = group()
        place.say("one", place.guest)
        services.set_slow_mode(
            conversation_id=place.pk, seconds=60, speaker=place.host, actor=ACTOR
        )
        assert slug(edit, place, 1, "uno", place.guest) is None

    def test_the_operator_may_limit_its_time(self, settings):
        place = pair()
        place.say("one")
        with later(3600 * 24 * 30):
            assert slug(edit, place, 1, "uno") is None
            settings.CHAT_EDIT_SECONDS = 60
            assert slug(edit, place, 1, "dos") == "too_late_to_change"

    def test_what_was_removed_stays_removed(self):
        place = pair()
        place.say("one")
        recall(place, 1)
        assert slug(edit, place, 1, "uno") == "message_removed"


class TestRecall:
    def test_for_two_minutes(self):
        place = pair()
        place.say("one")
        with later(121):
            assert slug(recall, place, 1) == "too_late_to_change"
        with later(119):
            assert slug(recall, place, 1) is None

    def test_ones_own_alone_and_once(self):
        place = session()
        place.say("one", place.guest)
        assert slug(recall, place, 1) == "not_own_message"
        first = recall(place, 1, place.guest)
        again = recall(place, 1, place.guest)
        assert (again.seq, again.is_new) == (first.seq, False)
        assert len(place.entries()) == 2

    def test_not_what_a_host_deleted(self):
        place = session()
        place.say("one", place.guest)
        delete(place, 1)
        assert slug(recall, place, 1, place.guest) == "message_removed"

    def test_a_name_without_an_account_proves_nothing(self):
        place = live_room()
        guest = Speaker.guest("Anna")
        row = place.conversation.messages.create(
            seq=1, sender_key=guest.key, body='"hi"', created_at=timezone.now()
        )
        assert slug(recall, place, row.seq, guest) == "not_in_conversation"


class TestDeletion:
    @pytest.mark.parametrize("make", [live_room, group, session])
    def test_by_those_in_charge_alone(self, make):
        place = make()
        place.say("one", place.guest)
        place.say("two")
        assert slug(delete, place, 2, place.guest) == "not_in_charge"
        stranger = Speaker.person(UserFactory())
        assert slug(delete, place, 1, stranger) == "conversation_not_found"
        delete(place, 1)
        assert [entry["body"] for entry in place.entries()] == [None, "two", None]
        event = Event.objects.get(type="message.deleted")
        assert event.payload == {"seq": 1, "sender": place.guest.key}
        assert event.subject_id == place.conversation.public_id

    def test_by_the_team_also_when_all_is_over(self):
        place = session()
        place.say("one")
        team = Speaker.api_client("key", team_id=place.conversation.team_id)
        foreign = Speaker.api_client("key", team_id=10**6)
        with later(3600 * 24):
            assert slug(delete, place, 1) == "conversation_not_found"  # the host's time is over
            assert slug(delete, place, 1, foreign) == "conversation_not_found"
            delete(place, 1, team)
        assert place.entries()[-1]["sender"]["key"] == "system"
        assert place.bodies() == [None, None]

    def test_once(self):
        place = group()
        place.say("one")
        first, again = delete(place, 1), delete(place, 1)
        assert (again.seq, again.is_new) == (first.seq, False)
        assert Event.objects.filter(type="message.deleted").count() == 1
