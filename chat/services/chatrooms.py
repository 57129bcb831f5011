"""Coming into a chat room by a socket, and who speaks there."""

from dataclasses import dataclass, replace

from django.db import transaction

from accounts.models import User
from chat.models import Conversation
from chat.services.conversations import conversation_of_room
from chat.services.speakers import Speaker
from rooms.services.seats import Taken, take_seat
from rtcserver.events import Actor


@dataclass(frozen=True, slots=True)
class Joined:
    """A seat, and the conversation from the entry on that follows it."""

    taken: Taken
    conversation: Conversation
    since: int


@transaction.atomic
def join_chat_room(
    *,
    room_name: str,
    name: str,
    picture: str,
    socket: str,
    actor: Actor,
    user: User | None = None,
    may_open: bool = True,
) -> Joined:
    """Take a seat (rooms/services/seats.py `take_seat`) in the conversation of a room."""
    taken = take_seat(
        room_name=room_name,
        name=name,
        picture=picture,
        socket=socket,
        actor=actor,
        user=user,
        may_open=may_open,
    )
    conversation = conversation_of_room(taken.room)
    return Joined(taken, conversation, conversation.last_seq)


def speaker_in_room(name: str, picture: str, user: User | None) -> Speaker:
    """Name and picture are those of the room, whoever the person is elsewhere."""
    if user is None:
        return Speaker.guest(name, picture)
    return replace(Speaker.person(user), name=name, picture=picture)
