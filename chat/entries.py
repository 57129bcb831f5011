"""What readers are given of an entry: complete, ready to be written as JSON."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chat.models import Conversation, Message
from rtcserver.dates import iso_date

# Their keys would name an API key or a member of staff; readers see one sender for all.
UNNAMED = ("client:", "staff:")
SYSTEM_KEY = "system"


@dataclass(slots=True)
class NewEntry:
    """An entry that is not stored yet; named like the columns of `Message`."""

    conversation_id: int
    seq: int
    kind: str
    target_seq: int | None
    sender_key: str
    sender_id: int | None
    sender_name: str
    sender_picture: str
    client_message_id: str | None
    type: str
    body: str
    created_at: datetime
    removed_by_key: str = ""
    edited_at: None = None
    removed_at: None = None


def topic_of(conversation: Conversation) -> str:
    """The topic of `rtcserver.bus` that a conversation's entries are announced to."""
    return f"chat.{conversation.public_id}"


def entry_of(message: Message | NewEntry) -> dict[str, Any]:
    """An entry as readers get it: JSON types only.

    `seq`, `kind`, `sender` {key, name, picture}, `clientId` (null unless given), `type`, `body`
    (null if removed), `time`; a change also has `target`, the number of the entry it changes;
    a changed message has `edited` or `removed`, the time of it.
    """
    entry = {
        "seq": message.seq,
        "kind": message.kind,
        "sender": {
            "key": shown_key(message.sender_key),
            "name": message.sender_name,
            "picture": message.sender_picture,
        },
        "clientId": message.client_message_id,
        "type": message.type,
        "body": json.loads(message.body) if message.body else None,
        "time": iso_date(message.created_at),
    }
    if message.target_seq is not None:
        entry["target"] = message.target_seq
    if message.edited_at is not None:
        entry["edited"] = iso_date(message.edited_at)
    if message.removed_at is not None:
        entry["removed"] = iso_date(message.removed_at)
    return entry


def shown_key(sender_key: str) -> str:
    return SYSTEM_KEY if sender_key.startswith(UNNAMED) else sender_key
