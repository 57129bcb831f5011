"""What each serving process does for its chat sockets, at intervals."""

from django.conf import settings

from chat.chatroom_socket import beat as seats
from chat.consumers.here import beat as rights
from chat.consumers.here import here
from chat.streams import beat as conversations
from rooms.services.signs import signs
from rtcserver.sockets import Beat, domain, every

# Often enough that one beat may fail before anybody counts as silent.
ALIVE_SECONDS = min(10.0, settings.PRESENCE_OFFLINE_SECONDS / 3)


async def keep_present() -> None:
    """Whoever has a chat socket is there."""
    if people := here.people:
        await domain(signs.flush, people)


every(conversations)
every(rights)
every(seats)
every(Beat("people in chat", ALIVE_SECONDS, keep_present))
