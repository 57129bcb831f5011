"""Handing out a whole conversation."""

from collections.abc import Iterator
from typing import Any

from chat.entries import entry_of
from chat.models import Conversation
from rtcserver.events import Actor, record

PAGE = 500  # entries read at a time


def export_conversation(conversation: Conversation, *, actor: Actor) -> Iterator[dict[str, Any]]:
    """Every entry that is kept, in order, read as they are taken.

    Records `conversation.exported` at once.
    """
    record(
        "conversation.exported",
        team_id=conversation.team_id,
        subject_kind="conversation",
        subject_id=conversation.public_id,
        actor=actor,
    )
    return _entries(conversation)


def _entries(conversation: Conversation) -> Iterator[dict[str, Any]]:
    last = 0
    while rows := list(conversation.messages.after(last)[:PAGE]):
        yield from map(entry_of, rows)
        last = rows[-1].seq
