"""What happened in a room, for readers who were away: from the event log."""

from typing import Any

from chat.models import Conversation
from rtcserver.dates import iso_date
from rtcserver.models import Event

PAGE = 100


def events_after(conversation: Conversation, cursor: str) -> tuple[list[dict[str, Any]], str]:
    """Events of a conversation's room behind `cursor`, oldest first, and the cursor behind them.

    Raises ValueError: The cursor was never handed out. One query.
    """
    if conversation.room is None:
        return [], cursor
    kind = "group" if conversation.room.kind == conversation.room.Kind.GROUP else "room"
    about = Event.objects.after(cursor).about(kind, conversation.room.public_id)
    rows = list(about[:PAGE])
    shown = [_shown(row) for row in rows]
    return shown, rows[-1].cursor if rows else cursor


def events_cursor(conversation: Conversation) -> str:
    """Where the log of a conversation's room stands now: one query."""
    if conversation.room is None:
        return ""
    kind = "group" if conversation.room.kind == conversation.room.Kind.GROUP else "room"
    settled = Event.objects.settled().about(kind, conversation.room.public_id)
    last = settled.order_by("-transaction", "-id").first()
    return last.cursor if last else ""


def _shown(event: Event) -> dict[str, Any]:
    hidden = ("stamp",)
    facts = {name: value for name, value in event.payload.items() if name not in hidden}
    return {"event": event.type, "facts": facts, "time": iso_date(event.happened_at)}
