"""Who may lose the right to read by what was announced."""

from typing import Any

from chat.models import Conversation
from rooms.models import Room

# What happens in a room or group without anybody losing the right to read.
CALM = frozenset(
    [
        *(f"room.{act}" for act in ("entered", "updated", "hidden", "shown", "role_changed")),
        *(f"group.{act}" for act in ("created", "members_added", "renamed", "transferred")),
        *(f"group.{act}" for act in ("bulletin_set", "portrait_set", "member_named")),
    ]
)

NOBODY: frozenset[str] = frozenset()


def losers(message: dict[str, Any], conversation: Conversation) -> frozenset[str] | None:
    """Keys of the speakers who may have lost a conversation by an announcement of its room or
    call; None for whoever reads it.
    """
    if message["type"].startswith("call."):
        return _of_call(message)
    if (event := message.get("event")) in CALM:
        return NOBODY
    if event in ("room.left", "room.member_kicked"):
        return _of_room(message, conversation)
    if named := message.get("people"):
        return _keys("person", named)
    return None


def is_of_pair(conversation: Conversation, user_ids: list[int]) -> bool:
    """Whether what happened between two people concerns a conversation: theirs."""
    pair = {conversation.first_id, conversation.second_id}
    return conversation.first_id is not None and pair <= set(user_ids)


def _of_call(message: dict[str, Any]) -> frozenset[str] | None:
    if message["type"] == "call.canceled":
        return _keys("participant", [message["peer_id"]])
    if message["type"] == "call.closed":
        return None
    if message.get("change") != "left":
        return NOBODY
    return _keys("participant", [person["peer_id"] for person in message["people"]])


def _of_room(message: dict[str, Any], conversation: Conversation) -> frozenset[str] | None:
    is_live = conversation.room is not None and conversation.room.kind == Room.Kind.LIVE
    # In a chat room it is the name of a seat, of a person or of a guest.
    return _keys("person", [message["facts"]["member"]]) if is_live else None


def _keys(kind: str, ids: list[str]) -> frozenset[str]:
    return frozenset(f"{kind}:{id_}" for id_ in ids)
