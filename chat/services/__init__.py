"""Everything that changes conversations and their messages; imported from here."""

from chat.services.access import (
    Rights,
    may_read,
    require_charge,
    require_reader,
    require_writer,
    rights_of,
)
from chat.services.appending import Posted
from chat.services.changes import delete, edit, recall
from chat.services.conversations import (
    conversation_for,
    conversation_of_pair,
    conversation_of_room,
    conversation_of_session,
    open_conversations,
)
from chat.services.exporting import export_conversation
from chat.services.moderation import (
    handle_report,
    mute,
    report,
    set_only_hosts_write,
    set_slow_mode,
    unmute,
)
from chat.services.positions import mark_read
from chat.services.posting import Draft, post, post_many
from chat.services.removal import export_person, forget_person
from chat.services.retention import sweep_history
from chat.services.speakers import Speaker, SpeakerKind
from chat.services.wordlist import remove_word, save_word

__all__ = [
    "Draft",
    "Posted",
    "Rights",
    "Speaker",
    "SpeakerKind",
    "conversation_for",
    "conversation_of_pair",
    "conversation_of_room",
    "conversation_of_session",
    "delete",
    "edit",
    "export_conversation",
    "export_person",
    "forget_person",
    "handle_report",
    "mark_read",
    "may_read",
    "mute",
    "open_conversations",
    "post",
    "post_many",
    "recall",
    "remove_word",
    "report",
    "require_charge",
    "require_reader",
    "require_writer",
    "rights_of",
    "save_word",
    "set_only_hosts_write",
    "set_slow_mode",
    "sweep_history",
    "unmute",
]
