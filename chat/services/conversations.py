"""Finding conversations, each created when it is first needed."""

from django.db.models import Q

from accounts.models import User
from chat.errors import UnknownConversation
from chat.models import Conversation
from chat.services.access import require_reader
from chat.services.speakers import Speaker
from rooms.models import Membership, Room
from sessions_api.models import Session
from social.models import Friendship


def conversation_of_room(room: Room) -> Conversation:
    """The conversation of a live room, chat room or group."""
    found, _created = Conversation.across_teams.get_or_create(
        room=room, defaults={"team_id": room.team_id}
    )
    found.room = room  # at hand for readers on the event loop, who must not query
    return found


def conversation_of_session(session: Session) -> Conversation:
    found, _created = Conversation.across_teams.get_or_create(
        session=session, defaults={"team_id": session.team_id}
    )
    found.session = session
    return found


def conversation_of_pair(user: User, friend: User) -> Conversation:
    """The conversation of two friends, whichever of them asks."""
    first, second = sorted([user, friend], key=lambda person: person.pk)
    found, _created = Conversation.across_teams.get_or_create(first=first, second=second)
    return found


def conversation_for(*, speaker: Speaker, public_id: str) -> Conversation:
    """A conversation by its id. Raises UnknownConversation, also if they may not read it."""
    rows = Conversation.across_teams.with_subjects()
    found = rows.filter(public_id=public_id).first() if "\x00" not in public_id else None
    if found is None:
        raise UnknownConversation("There is no such conversation.")
    require_reader(conversation=found, speaker=speaker)
    return found


def open_conversations(user: User) -> None:
    """Create what is missing of the conversations with a person's friends, rooms and groups.

    Three queries and at most one insertion, so that `reading.conversations_of` finds them all.
    """
    inside = Membership.objects.present().filter(user=user, room__conversation=None)
    rooms = list(inside.filter(room__closed_at=None).values_list("room", "room__team"))
    friends = Friendship.objects.agreed().filter(user=user).values_list("friend", flat=True)
    known = Conversation.across_teams.filter(Q(first=user) | Q(second=user))
    pairs = {tuple(sorted((user.pk, friend))) for friend in friends}
    pairs -= set(known.values_list("first", "second"))
    missing = [Conversation(room_id=room, team_id=team) for room, team in rooms]
    missing += [Conversation(first_id=first, second_id=second) for first, second in sorted(pairs)]
    Conversation.across_teams.bulk_create(missing, ignore_conflicts=True)
