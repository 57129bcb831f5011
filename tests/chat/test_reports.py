"""Reporting a message, and what staff do about it."""

import pytest

from chat import services
from chat.errors import (
    BadMessage,
    MessageRemoved,
    ReportHandled,
    UnknownConversation,
    UnknownMessage,
)
from chat.models import Mute, Report
from chat.services import Speaker
from rtcserver.models import Event
from tests.chat.places import ACTOR, group, live_room, people
from tests.factories import TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
State = Report.State


@pytest.fixture
def place():
    place = live_room(members=people("Anna", "Bo", "Cai"))
    place.say("rude", place.guest)
    return place


@pytest.fixture
def boss():
    return UserFactory(is_staff=True, is_superuser=True)


def report(place, speaker=None, seq=1, reason="rude"):
    return services.report(
        conversation_id=place.pk,
        seq=seq,
        speaker=speaker or place.host,
        actor=ACTOR,
        reason=reason,
    )


def handle(row, outcome, staff):
    services.handle_report(row, outcome, staff=staff, actor=ACTOR)
    row.refresh_from_db()


def test_a_report_waits_until_somebody_handles_it(place):
    row = report(place, reason="x" * 500)
    assert (row.state, len(row.reason)) == (State.OPEN, 500)
    event = Event.objects.get(type="message.reported")
    assert event.payload["seq"] == 1


def test_asked_again_the_first_report_stays(place, boss):
    first = report(place)
    assert report(place) == first
    assert report(place, place.speakers[2]) != first
    handle(first, State.DISMISSED, boss)
    assert report(place) != first  # it may be asked anew


def test_only_what_one_may_read_can_be_reported(place):
    with pytest.raises(UnknownConversation):
        report(place, Speaker.person(UserFactory()))
    with pytest.raises(UnknownMessage):
        report(place, seq=7)
    services.delete(conversation_id=place.pk, seq=1, speaker=place.host, actor=ACTOR)
    with pytest.raises(MessageRemoved):
        report(place)


@pytest.mark.parametrize("reason", ["x" * 501, "\x00", "\ud800"])
def test_a_reason_can_be_kept_and_read(place, reason):
    with pytest.raises(BadMessage):
        report(place, reason=reason)


@pytest.mark.parametrize("outcome", [State.DISMISSED, State.DELETED, State.MUTED])
def test_staff_dismiss_it_delete_the_message_or_mute_its_sender(place, boss, outcome):
    first, second = report(place), report(place, place.speakers[2])
    handle(first, outcome, boss)
    second.refresh_from_db()
    assert {first.state, second.state} == {outcome}  # one message is settled once
    assert (first.handled_by, bool(first.handled_at)) == (boss, True)
    assert (place.bodies()[0] is None) is (outcome == State.DELETED)
    assert Mute.objects.filter(sender_key=place.guest.key).exists() is (outcome == State.MUTED)
    assert (place.tries("more", place.guest) == "sender_muted") is (outcome == State.MUTED)
    with pytest.raises(ReportHandled):
        handle(first, State.DISMISSED, boss)


def test_staff_handle_reports_of_their_own_teams(place):
    row, own, other = report(place), UserFactory(is_staff=True), UserFactory(is_staff=True)
    place.conversation.team.memberships.create(user=own)
    TeamFactory().memberships.create(user=other)
    with pytest.raises(UnknownConversation):
        handle(row, State.DELETED, other)
    assert place.bodies() == ["rude"]
    handle(row, State.DELETED, own)
    assert place.bodies()[0] is None


def test_a_report_of_what_was_deleted_meanwhile_can_still_be_settled(place, boss):
    row = report(place)
    services.delete(conversation_id=place.pk, seq=1, speaker=place.host, actor=ACTOR)
    handle(row, State.DELETED, boss)
    assert row.state == State.DELETED
    assert Event.objects.filter(type="message.deleted").count() == 1


def test_a_superuser_handles_reports_of_groups(boss):
    choir = group()
    choir.say("rude", choir.guest)
    row = report(choir)
    handle(row, State.DELETED, boss)
    assert choir.bodies()[0] is None
