"""The conversation a reader means, by whatever they know it by."""

from collections.abc import Callable

from django.db.models import Q

from accounts.models import User
from chat.errors import UnknownConversation
from chat.models import Conversation
from chat.services import (
    Speaker,
    SpeakerKind,
    conversation_for,
    conversation_of_pair,
    conversation_of_room,
    conversation_of_session,
    require_reader,
)
from rooms.models import Room, room_key
from rtcserver.ids import parse_uuid
from sessions_api.models import Session
from social.errors import NotFriends
from social.services import require_friend

NO_SUCH = "There is no such conversation."


def find_conversation(speaker: Speaker, by: str, value: str) -> Conversation:
    """The conversation by its id, or by its subject, which opens it if it is new.

    Args:
        by: One of `KINDS`: `conversation`, `room` (a live room's id on the wire or its public
            id), `chatroom` (its name), `group`, `friend` (a person's public id), `session` (its
            public id).

    Raises UnknownConversation, also if the speaker may not read it.
    """
    if "\x00" in value:
        raise UnknownConversation(NO_SUCH)
    return _FINDERS[by](speaker, value)


def _by_id(speaker: Speaker, value: str) -> Conversation:
    return conversation_for(speaker=speaker, public_id=value)


def _by_room(speaker: Speaker, value: str) -> Conversation:
    live = Room.across_teams.live().filter(Q(key=room_key(value)) | Q(public_id=value))
    return _of_room(speaker, live.first())


def _by_chatroom(speaker: Speaker, value: str) -> Conversation:
    rooms = Room.across_teams.open().filter(kind=Room.Kind.CHAT, key=value)
    return _of_room(speaker, rooms.first())


def _by_group(speaker: Speaker, value: str) -> Conversation:
    groups = Room.across_teams.filter(kind=Room.Kind.GROUP, public_id=value)
    return _of_room(speaker, groups.first())


def _of_room(speaker: Speaker, room: Room | None) -> Conversation:
    return _readable(speaker, conversation_of_room(room) if room else None)


def _by_session(speaker: Speaker, value: str) -> Conversation:
    public_id = parse_uuid(value)
    found = Session.across_teams.filter(public_id=public_id).first() if public_id else None
    return _readable(speaker, conversation_of_session(found) if found else None)


def _by_friend(speaker: Speaker, value: str) -> Conversation:
    if speaker.kind is not SpeakerKind.PERSON:
        raise UnknownConversation(NO_SUCH)
    user = User.objects.get(pk=speaker.user_id)
    try:
        friend = require_friend(user=user, friend_id=value)
    except NotFriends:
        raise UnknownConversation(NO_SUCH) from None
    return conversation_of_pair(user, friend)


def _readable(speaker: Speaker, found: Conversation | None) -> Conversation:
    if found is None:
        raise UnknownConversation(NO_SUCH)
    require_reader(conversation=found, speaker=speaker)
    return found


_FINDERS: dict[str, Callable[[Speaker, str], Conversation]] = {
    "conversation": _by_id,
    "room": _by_room,
    "chatroom": _by_chatroom,
    "group": _by_group,
    "friend": _by_friend,
    "session": _by_session,
}
KINDS = tuple(_FINDERS)
