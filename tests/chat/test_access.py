"""Who may read and write in which conversation."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.services import block_user
from chat.errors import UnknownConversation
from chat.services import Speaker, conversation_for, conversation_of_pair, may_read, post_many
from rooms.services import live, management, presence
from rtcserver.errors import DomainError
from sessions_api import services as sessions
from sessions_api.models import Participant
from social import services as social
from tests.chat.places import (
    ACTOR,
    PLACES,
    befriend,
    chat_room,
    group,
    live_room,
    pair,
    people,
    session,
    user_of,
)
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def reads(place, speaker):
    return may_read(conversation=place.conversation, speaker=speaker)


@pytest.mark.parametrize("kind", PLACES)
def test_those_inside_read_and_write_and_others_do_neither(kind):
    place, other = PLACES[kind](), session()
    for speaker in place.speakers:
        assert reads(place, speaker)
        assert place.tries("hello", speaker) is None
    strangers = [Speaker.person(UserFactory()), other.host, Speaker.guest("Anna")]
    for stranger in strangers:
        assert not reads(place, stranger)
        assert place.tries("hello", stranger) == "not_in_conversation"


@pytest.mark.parametrize("kind", PLACES)
def test_a_team_and_its_staff_see_their_own_conversations_alone(kind):
    place = PLACES[kind]()
    team_id = place.conversation.team_id
    assert (team_id is None) is (kind in ("pair", "group", "chat"))
    own = Speaker.api_client("key", team_id=team_id or 0)
    foreign = Speaker.api_client("key", team_id=10**6)
    assert reads(place, own) is (team_id is not None)
    assert not reads(place, foreign)
    assert place.tries("hello", foreign) == "conversation_not_found"
    assert place.tries("hello", own) == (None if team_id else "conversation_not_found")
    assert reads(place, Speaker.staff(UserFactory(is_superuser=True)))
    assert not reads(place, Speaker.staff(UserFactory(is_staff=True)))


def test_a_conversation_one_may_not_read_is_answered_like_none():
    place = live_room()
    stranger = Speaker.person(UserFactory())
    for public_id in (place.conversation.public_id, "nowhere", "\x00"):
        with pytest.raises(UnknownConversation):
            conversation_for(speaker=stranger, public_id=public_id)
    found = conversation_for(speaker=place.guest, public_id=place.conversation.public_id)
    assert found == place.conversation


class TestLiveRooms:
    def test_leaving_ends_it(self):
        place = live_room()
        live.leave_room(user_of(place.guest), "stage", actor=ACTOR)
        assert not reads(place, place.guest)
        assert place.tries("hello", place.guest) == "not_in_conversation"

    def test_so_does_being_put_out(self):
        place = live_room()
        management.kick_member(place.conversation.room, user_of(place.guest), actor=ACTOR)
        assert place.tries("hello", place.guest) == "not_in_conversation"

    def test_a_closed_room_is_closed_to_all(self):
        place = live_room()
        team = Speaker.api_client("key", team_id=place.conversation.team_id)
        live.destroy_room(user_of(place.host), "stage", actor=ACTOR)
        for speaker in (*place.speakers, team):
            assert place.tries("hello", speaker) == "conversation_closed"
        assert not reads(place, place.host)
        assert reads(place, team)  # its records stay with the team

    def test_a_silent_guest_is_out_and_a_silent_host_ends_the_room(self):
        place = live_room()
        presence.seen(place.host.user_id)
        presence.seen(place.guest.user_id)
        with time_machine.travel(timezone.now() + timedelta(seconds=90)):
            assert place.tries("hello", place.guest) == "not_in_conversation"
            assert place.tries("hello", place.host) is None
        with time_machine.travel(timezone.now() + timedelta(hours=1)):
            assert place.tries("hello", place.host) == "conversation_closed"


def test_a_group_lets_go_of_who_left_and_of_all_when_dismissed():
    place = group(people("Anna", "Bo", "Cai"))
    room = place.conversation.room
    social.quit_group(actor=ACTOR, user=user_of(place.guest), group_id=room.public_id)
    assert place.tries("hello", place.guest) == "not_in_conversation"
    social.dismiss_group(actor=ACTOR, user=user_of(place.host), group_id=room.public_id)
    assert place.tries("hello", place.host) == "conversation_closed"


def test_whoever_comes_into_a_chat_room_may_speak():
    place = chat_room()
    assert place.tries("hello", place.guest) is None
    place.conversation.room.memberships.update(left_at=timezone.now())
    assert place.tries("hello", place.guest) == "not_in_conversation"


class TestPairs:
    def test_one_conversation_whoever_asks(self):
        place = pair()
        user, friend = map(user_of, place.speakers)
        assert conversation_of_pair(friend, user) == place.conversation

    def test_deleting_a_friend_is_not_noticed_by_them(self):
        place = pair()
        user, friend = map(user_of, place.speakers)
        social.delete_friend(actor=ACTOR, user=user, friend_id=friend.public_id)
        assert place.tries("hello", place.host) == "not_in_conversation"
        assert place.tries("hello", place.guest) is None

    def test_the_blacklist_of_the_receiver_holds(self):
        place = pair()
        user, friend = map(user_of, place.speakers)
        social.block_person(actor=ACTOR, user=user, friend_id=friend.public_id)
        assert place.tries("hello", place.guest) == "sender_blocked"
        assert reads(place, place.guest)
        assert place.tries("hello", place.host) is None  # one's own blacklist binds nobody else
        social.unblock_person(actor=ACTOR, user=user, friend_id=friend.public_id)
        assert place.tries("hello", place.guest) is None

    def test_somebody_may_talk_to_themselves(self):
        [user] = people("Anna")
        social.invite_friend(actor=ACTOR, user=user, friend_id=user.public_id, message="")
        conversation, speaker = conversation_of_pair(user, user), Speaker.person(user)
        assert may_read(conversation=conversation, speaker=speaker)

    def test_friends_of_one_are_no_part_of_it(self):
        place = pair()
        [other] = people("Cai")
        befriend(user_of(place.host), other)
        assert place.tries("hello", Speaker.person(other)) == "not_in_conversation"
        assert not reads(place, Speaker.person(other))


class TestSessions:
    def test_before_and_while_it_runs(self):
        assert session().tries("early") is None
        assert session(started=True).tries("now") is None

    def test_not_when_it_is_over_or_withdrawn(self):
        for place in (session(ended=True), session(canceled=True)):
            assert place.tries("late") == "conversation_closed"
            assert not reads(place, place.host)
            team = Speaker.api_client("key", team_id=place.conversation.team_id)
            assert reads(place, team)

    def test_in_the_lobby_nothing_is_heard_until_somebody_lets_one_in(self):
        place = session(started=True, has_lobby=True)
        host, guest = Participant.across_teams.order_by("id")
        assert place.tries("hello", place.host) is None
        assert place.tries("hello", place.guest) == "not_in_conversation"
        assert not reads(place, place.guest)
        for person in (host, guest):
            sessions.arrive(person, connection_id=f"c{person.pk}")
        assert not reads(place, place.guest)
        sessions.admit(guest, actor=ACTOR)
        assert reads(place, place.guest)
        assert place.tries("hello", place.guest) is None
        sessions.eject(guest, actor=ACTOR)
        assert place.tries("hello", place.guest) == "not_in_conversation"
        assert not reads(place, place.guest)

    def test_an_invitation_that_was_withdrawn_is_none(self):
        place = session()
        participant = Participant.across_teams.get(role="guest")
        sessions.cancel_participant(participant, actor=ACTOR)
        assert place.tries("hello", place.guest) == "not_in_conversation"
        assert not reads(place, place.guest)


@pytest.mark.parametrize("make", [live_room, group, pair])
def test_a_blocked_account_says_nothing_more(make):
    place = make()
    block_user(user_of(place.guest), actor=ACTOR)
    assert place.tries("hello", place.guest) == "not_in_conversation"
    assert not reads(place, place.guest)


def test_rights_in_one_place_are_none_in_another():
    """Everybody speaks everywhere in one batch; each gets in where they are, and only there."""
    places = [make() for make in PLACES.values()]
    drafts = [
        (place, at, at.draft("hello", speaker))
        for place in places
        for speaker in place.speakers
        for at in places
    ]
    results = post_many([draft for _place, _at, draft in drafts])
    for (place, at, _draft), result in zip(drafts, results, strict=True):
        assert isinstance(result, DomainError) is (place is not at)
