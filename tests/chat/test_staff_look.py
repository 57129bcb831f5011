"""Staff who look into a conversation: the page, the ticket, and what the socket lets them do."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from accounts.models import TeamMembership
from chat.models import Message
from chat.services import Speaker, conversation_of_room, post
from rooms.services.management import open_room
from rtcserver.roles import OPERATORS, ensure_operators
from tests.chat.places import group
from tests.conftest import TESTER
from tests.factories import TeamFactory, UserFactory
from tests.sockets import Talker, serving

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def talkers():
    with serving() as port:
        opened = []

        def of(ticket):
            opened.append(Talker(port))
            opened[-1].send({"op": "auth", "staff": ticket})
            return opened[-1]

        yield of
        for talker in opened:
            talker.close()


@pytest.fixture
def conversation(team):
    """A room of `team` where something was said."""
    room = open_room(actor=TESTER, team_id=team.pk, key="stage", fields={"title": "Stage"})
    found = conversation_of_room(room)
    say(found, "Hello")
    return found


def say(conversation, text):
    post(conversation_id=conversation.pk, speaker=Speaker.system("Stage"), body=text)


def at_the_console(team, **facts):
    """An operator of a team, and their browser."""
    ensure_operators("default")
    user = UserFactory(is_staff=True, **facts)
    TeamMembership.objects.create(team=team, user=user)
    user.groups.set(Group.objects.filter(name=OPERATORS))
    return user, signed_in(user)


def signed_in(user):
    browser = Client()
    browser.force_login(user)
    return browser


def ticket_of(browser):
    return browser.get("/chat/ticket").json()["ticket"]


def test_an_operator_reads_a_conversation_of_their_team_as_it_goes_on(team, conversation, talkers):
    _user, browser = at_the_console(team)
    page = browser.get("/chat", {"conversation": conversation.public_id})
    assert page.status_code == 200
    assert page.context["boot"]["staff"]["title"] == "Stage"
    staff = talkers(ticket_of(browser))
    assert staff.next("welcome")["you"]["key"].startswith("staff:")
    shown = staff.ask("history", conversation=conversation.public_id)["entries"]
    assert [entry["body"] for entry in shown] == ["Hello"]
    assert staff.ask("subscribe", conversation=conversation.public_id)["op"] == "subscribed"
    say(conversation, "More")
    assert [entry["body"] for entry in staff.entries(1)] == ["More"]


@pytest.mark.parametrize(
    ("op", "fields"),
    [
        ("send", {"body": "I"}),
        ("edit", {"seq": 1, "body": "I"}),
        ("recall", {"seq": 1}),
        ("delete", {"seq": 1}),
        ("read", {"seq": 1}),
        ("report", {"seq": 1}),
        ("typing", {"on": True}),
        ("list", {}),
    ],
)
def test_staff_only_look(op, fields, team, conversation, talkers):
    staff = talkers(ticket_of(at_the_console(team)[1]))
    staff.next("welcome")
    staff.ask("subscribe", conversation=conversation.public_id)
    assert staff.ask(op, conversation=conversation.public_id, **fields)["code"] == "bad_op"
    assert [message.content for message in Message.objects.all()] == ["Hello"]


def test_conversations_of_others_are_not_there_for_staff_of_a_team(conversation, talkers):
    _user, browser = at_the_console(TeamFactory())
    of_nobodys_team = group().conversation
    staff = talkers(ticket_of(browser))
    staff.next("welcome")
    for foreign in (conversation.public_id, of_nobodys_team.public_id, "nowhere"):
        assert browser.get("/chat", {"conversation": foreign}).status_code == 404
        for op in ("subscribe", "history", "members"):
            assert staff.ask(op, conversation=foreign)["op"] == "error"


def test_a_superuser_looks_everywhere(conversation):
    browser = signed_in(UserFactory(is_staff=True, is_superuser=True))
    for found in (conversation, group().conversation):
        page = browser.get("/chat", {"conversation": found.public_id})
        assert page.context["boot"]["staff"]["title"] == str(found)


def test_without_the_right_the_page_is_the_one_of_everybody_and_there_is_no_ticket(conversation):
    somebody = UserFactory(is_staff=True)  # at the console, without the permission
    for browser in (Client(), signed_in(somebody), signed_in(UserFactory())):
        page = browser.get("/chat", {"conversation": conversation.public_id})
        assert (page.status_code, page.context["boot"]["staff"]) == (200, None)
        assert b"Stage" not in page.content
        assert browser.get("/chat/ticket").status_code == 403


def test_a_ticket_ends_with_its_time_its_rights_and_the_password(team, talkers):
    user, browser = at_the_console(team)
    ticket = ticket_of(browser)
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        assert talkers(ticket).close_code() == 4401
    user.set_password("another one")
    user.save()
    assert talkers(ticket).close_code() == 4401
    ticket = ticket_of(signed_in(user))
    assert talkers(ticket).next("welcome")
    user.groups.clear()
    assert talkers(ticket).close_code() == 4401
    assert talkers(ticket[:-1] + "x").close_code() == 4401
    assert talkers("[]").close_code() == 4401


def test_the_page_is_kept_nowhere_and_loads_only_from_here():
    page = Client().get("/chat")
    assert "no-store" in page.headers["Cache-Control"]
    assert "script-src 'self';" in page.headers["Content-Security-Policy"] + ";"
    assert page.headers["X-Frame-Options"] == "DENY"
    assert Client().post("/chat").status_code == 405
    assert Client().get("/chat?conversation=%00").status_code == 400
