"""Conversations of every kind, and short ways to speak in them."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from chat import services
from chat.models import Message
from chat.reading import entries_after
from chat.services import Draft, Speaker
from rooms.models import Room
from rooms.services import live
from rooms.services.members import enter_room
from rtcserver.errors import DomainError
from rtcserver.events import Actor
from social import services as social
from tests.factories import ParticipantFactory, SessionFactory, UserFactory

ACTOR = Actor("person", "someone", "tests")


class Place:
    """A conversation, and who is in it: the first one is in charge of it."""

    def __init__(self, conversation, *speakers):
        self.conversation, self.speakers = conversation, speakers
        self.pk = conversation.pk

    @property
    def host(self):
        return self.speakers[0]

    @property
    def guest(self):
        return self.speakers[1]

    def say(self, body, speaker=None, **facts):
        speaker = speaker or self.host
        return services.post(conversation_id=self.pk, speaker=speaker, body=body, **facts)

    def draft(self, body, speaker=None, **facts):
        return Draft(self.pk, speaker or self.host, body, **facts)

    def tries(self, body, speaker=None, **facts):
        """The slug of what refuses it, or None."""
        try:
            self.say(body, speaker, **facts)
        except DomainError as refusal:
            return refusal.slug
        return None

    def entries(self, since=0):
        return entries_after(self.conversation, since, 10_000).entries

    def bodies(self):
        return [entry["body"] for entry in self.entries()]

    def numbers(self):
        rows = Message.objects.filter(conversation=self.pk).order_by("seq")
        return list(rows.values_list("seq", flat=True))


def people(*names):
    return [UserFactory(name=name) for name in names or ("Anna", "Bo")]


def live_room(key="stage", members=None):
    """A live room; the first member owns it."""
    members = members or people()
    for user in members:
        live.enter_room(user, actor=ACTOR, room_id=key)
    room = Room.across_teams.live().get(key=key)
    return Place(services.conversation_of_room(room), *map(Speaker.person, members))


def chat_room(members=None):
    members = members or people()
    room = Room.across_teams.create(kind=Room.Kind.CHAT, key="TEST", owner=members[0])
    enter_room(room, members, joined_at=timezone.now())
    return Place(services.conversation_of_room(room), *map(Speaker.person, members))


def group(members=None):
    members = members or people()
    ids = [user.public_id for user in members]
    room = social.create_group(actor=ACTOR, user=members[0], name="Choir", member_ids=ids)
    return Place(services.conversation_of_room(room), *map(Speaker.person, members))


def befriend(user, friend):
    social.invite_friend(actor=ACTOR, user=user, friend_id=friend.public_id, message="")
    social.accept_friend(actor=ACTOR, user=friend, friend_id=user.public_id)


def pair(members=None):
    user, friend = members or people()
    befriend(user, friend)
    conversation = services.conversation_of_pair(user, friend)
    return Place(conversation, Speaker.person(user), Speaker.person(friend))


def session(**facts):
    row = SessionFactory(**{"has_lobby": False} | facts)
    host = ParticipantFactory(session=row, role="host", display_name="Dr. Who")
    guest = ParticipantFactory(session=row, role="guest", display_name="Patient")
    speakers = map(Speaker.participant, (host, guest))
    return Place(services.conversation_of_session(row), *speakers)


PLACES = {
    "live": live_room,
    "chat": chat_room,
    "group": group,
    "pair": pair,
    "session": session,
}


def user_of(speaker):
    return User.objects.get(pk=speaker.user_id)


def seconds(number):
    return timedelta(seconds=number)
