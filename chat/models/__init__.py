"""Rows of chat: conversations, their entries, who read what, moderation; imported from here."""

from chat.models.conversations import Conversation, ReadPosition
from chat.models.messages import Message
from chat.models.moderation import BlockedWord, Mute, Report
from chat.models.notices import NotificationPosition

__all__ = [
    "BlockedWord",
    "Conversation",
    "Message",
    "Mute",
    "NotificationPosition",
    "ReadPosition",
    "Report",
]
