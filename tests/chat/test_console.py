"""Conversations in the console: staff see and moderate those of their own teams."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from accounts.services import create_user_of_staff
from chat import services
from chat.models import BlockedWord, Conversation, Message, Mute, Report
from rtcserver.events import Actor
from rtcserver.models import Event
from tests.chat.places import ACTOR, group, live_room, pair, session

TESTER = Actor("system", "tests", "tests")
LISTS = ["conversation", "message", "mute", "report", "blockedword"]


def page(client, path, **query):
    answer = client.get(f"/admin/chat/{path}", query)
    assert answer.status_code == 200, answer
    return answer.content.decode()


def act(client, path, action, *rows):
    sent = {"action": action, "_selected_action": [row.pk for row in rows]}
    answer = client.post(f"/admin/chat/{path}/", sent, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def place(db):
    place = live_room()
    place.say("good morning")
    place.say("very rude", place.guest)
    return place


@pytest.fixture
def operator(place):
    """Staff of the team whose room it is."""
    client = Client()
    team = place.conversation.team
    client.force_login(create_user_of_staff(actor=TESTER, username="maria", team=team))
    return client


@pytest.fixture
def stranger(team):
    """Staff of another team."""
    client = Client()
    client.force_login(create_user_of_staff(actor=TESTER, username="nina", team=team))
    return client


def export_of(place):
    return reverse("admin:chat_conversation_export_entries", args=[place.pk])


def report(place, seq=2):
    return services.report(
        conversation_id=place.pk, seq=seq, speaker=place.host, actor=ACTOR, reason="insult"
    )


def rude():
    return Message.objects.get(seq=2, kind="message")


def test_staff_see_what_was_said_in_rooms_of_their_team(operator, place):
    report(place)
    listed = page(operator, "conversation/")
    assert str(place.conversation.room) in listed
    assert "very rude" in page(operator, f"conversation/{place.pk}/change/")
    assert "very rude" in page(operator, "message/")
    assert "very rude" in page(operator, f"message/{rude().pk}/change/")
    assert "very rude" in page(operator, "report/")


def test_staff_of_another_team_see_and_change_nothing(stranger, place):
    row = report(place)
    Mute.objects.create(conversation=place.conversation, sender_key=place.guest.key)
    BlockedWord.objects.create(word="secretword", team=place.conversation.team)
    for name in LISTS:
        shown = page(stranger, f"{name}/")
        assert "rude" not in shown
        assert "secretword" not in shown
    assert stranger.get(f"/admin/chat/conversation/{place.pk}/change/").status_code == 302
    assert stranger.get(f"/admin/chat/message/{rude().pk}/change/").status_code == 302
    assert stranger.get(export_of(place)).status_code == 404
    act(stranger, "message", "delete_messages", rude())
    act(stranger, "report", "delete_messages", row)
    act(stranger, "mute", "unmute_selected", Mute.objects.get())
    assert rude().content == "very rude"
    assert Mute.objects.exists()
    assert Report.objects.get().state == Report.State.OPEN


def test_conversations_of_nobodys_team_are_for_superusers(operator, admin_client):
    choir, friends = group(), pair()
    choir.say("sung")
    friends.say("whispered")
    for word in ("sung", "whispered"):
        assert word not in page(operator, "message/")
        assert word in page(admin_client, "message/")


@pytest.mark.parametrize(("kind", "make"), [("group", group), ("session", session), ("pair", pair)])
def test_conversations_are_found_by_kind(admin_client, place, kind, make):
    other = make()
    listed = page(admin_client, "conversation/", kind=kind)
    assert f"conversation/{other.pk}/change" in listed
    assert f"conversation/{place.pk}/change" not in listed


def test_messages_are_searched_by_text_and_sender(admin_client, place):
    assert "very rude" in page(admin_client, "message/", q="rude")
    assert "good morning" not in page(admin_client, "message/", q="rude")
    assert "very rude" in page(admin_client, "message/", q=place.guest.key)
    place.say("你好")
    assert "你好" in page(admin_client, "message/", q="你好")


def test_a_message_is_deleted_and_readers_learn_of_it(operator, place):
    act(operator, "message", "delete_messages", rude())
    assert place.bodies() == ["good morning", None, None]
    event = Event.objects.get(type="message.deleted")
    assert (event.actor_kind, event.dialect) == ("staff", "admin")
    assert place.entries()[-1]["sender"]["key"] == "system"


def test_a_sender_is_muted_and_let_speak_again(operator, place):
    act(operator, "message", "mute_senders", rude())
    assert place.tries("again", place.guest) == "sender_muted"
    assert place.guest.key in page(operator, f"conversation/{place.pk}/change/")
    act(operator, "mute", "unmute_selected", Mute.objects.get())
    assert place.tries("again", place.guest) is None


def test_slow_mode_and_hosts_only_are_set_through_the_services(operator, place):
    form = {
        "slow_mode_seconds": 30,
        "only_hosts_write": "on",
        **{
            f"{prefix}-{part}_FORMS": 0
            for prefix in ("mutes", "messages")
            for part in ("TOTAL", "INITIAL")
        },
    }
    path = f"/admin/chat/conversation/{place.pk}/change/"
    assert operator.post(path, form).status_code == 302
    kept = Conversation.across_teams.get()
    assert (kept.slow_mode_seconds, kept.only_hosts_write) == (30, True)
    told = set(Event.objects.filter(actor_kind="staff").values_list("type", flat=True))
    assert {"conversation.slowed", "conversation.restricted"} <= told
    refused = operator.post(path, form | {"slow_mode_seconds": 10**6}, follow=True)
    assert "Slow mode is 0 to" in refused.content.decode()
    assert Conversation.across_teams.get().slow_mode_seconds == 30


def test_one_conversation_is_exported(operator, place):
    services.edit(conversation_id=place.pk, seq=1, speaker=place.host, body="早上好")
    answer = operator.get(export_of(place))
    assert answer["Content-Disposition"].endswith('.jsonl"')
    lines = answer.getvalue().decode().splitlines()
    assert [json.loads(line) for line in lines] == place.entries()
    assert "早上好" in lines[0]
    assert Event.objects.filter(type="conversation.exported", actor_kind="staff").exists()


class TestReports:
    def test_what_waits_is_shown_first(self, operator, place):
        row = report(place)
        assert "insult" in page(operator, "report/")
        act(operator, "report", "dismiss_selected", row)
        assert "insult" not in page(operator, "report/")
        assert "insult" in page(operator, "report/", state="dismissed")
        assert "insult" in page(operator, "report/", state="all")
        assert rude().content == "very rude"

    def test_a_reported_message_is_deleted(self, operator, place):
        act(operator, "report", "delete_messages", report(place))
        assert place.bodies()[1] is None
        assert Report.objects.get().handled_by.username == "maria"

    def test_a_reported_sender_is_muted(self, operator, place):
        act(operator, "report", "mute_senders", report(place))
        assert place.tries("again", place.guest) == "sender_muted"


class TestWords:
    def add(self, client, word, team=None):
        sent = {"word": word, "action": "replace", "team": team.pk if team else ""}
        return client.post("/admin/chat/blockedword/add/", sent, follow=True).content.decode()

    def test_a_new_word_holds_at_once(self, operator, place):
        place.say("darn")
        self.add(operator, "darn", place.conversation.team)
        place.say("darn")
        assert place.bodies()[-1] in ("darn", "****")  # after commit, or some seconds
        assert BlockedWord.objects.get().team == place.conversation.team
        assert Event.objects.filter(type="blocked_word.saved").exists()

    def test_words_for_everywhere_are_for_superusers(self, operator, admin_client, team):
        self.add(operator, "darn")
        self.add(operator, "darn", team)  # not their team
        assert not BlockedWord.objects.exists()
        self.add(admin_client, "darn")
        assert BlockedWord.objects.get().team is None

    def test_the_same_word_twice_is_refused(self, admin_client, place):
        self.add(admin_client, "darn")
        self.add(admin_client, "darn")
        self.add(admin_client, "darn", place.conversation.team)
        assert BlockedWord.objects.count() == 2

    def test_a_word_is_taken_off(self, admin_client):
        self.add(admin_client, "darn")
        row = BlockedWord.objects.get()
        admin_client.post(f"/admin/chat/blockedword/{row.pk}/delete/", {"post": "yes"})
        assert not BlockedWord.objects.exists()
        assert Event.objects.filter(type="blocked_word.removed").exists()


def test_the_lists_cost_the_same_for_many_rows(
    admin_client, place, django_assert_max_num_queries, settings
):
    settings.CHAT_MESSAGES_PER_10_SECONDS = 1000
    for number in range(8):
        other = group()
        other.say(f"{number}", other.guest)
        report(other, seq=1)
        Mute.objects.create(conversation=other.conversation, sender_key="x")
        BlockedWord.objects.create(word=f"w{number}")
    for name in LISTS:
        with django_assert_max_num_queries(12):
            page(admin_client, f"{name}/")
    with django_assert_max_num_queries(20):
        page(admin_client, f"conversation/{place.pk}/change/")
