"""Refusals of conversations and their messages."""

from rtcserver.errors import DomainError, Kind


class UnknownConversation(DomainError):
    """There is none, or none that the caller may read."""

    kind, slug = Kind.NOT_FOUND, "conversation_not_found"


class UnknownMessage(DomainError):
    kind, slug = Kind.NOT_FOUND, "message_not_found"


class UnknownReport(DomainError):
    kind, slug = Kind.NOT_FOUND, "report_not_found"


class NotInConversation(DomainError):
    kind, slug = Kind.FORBIDDEN, "not_in_conversation"


class ConversationClosed(DomainError):
    """Its room is closed, or its session over."""

    kind, slug = Kind.CONFLICT, "conversation_closed"


class SenderBlocked(DomainError):
    """The receiver has the sender on their blacklist."""

    kind, slug = Kind.FORBIDDEN, "sender_blocked"


class SenderMuted(DomainError):
    kind, slug = Kind.FORBIDDEN, "sender_muted"


class HostsOnly(DomainError):
    kind, slug = Kind.FORBIDDEN, "hosts_only"


class SlowMode(DomainError):
    kind, slug = Kind.LIMITED, "slow_mode"


class TooManyMessages(DomainError):
    kind, slug = Kind.LIMITED, "too_many_messages"


class BadMessage(DomainError):
    """Its type or body is not what a message may have."""

    kind, slug = Kind.INVALID, "bad_message"


class MessageTooLong(DomainError):
    kind, slug = Kind.INVALID, "message_too_long"


class WordRefused(DomainError):
    kind, slug = Kind.INVALID, "word_refused"


class NotOwnMessage(DomainError):
    kind, slug = Kind.FORBIDDEN, "not_own_message"


class NotInCharge(DomainError):
    """Only who is in charge of the conversation may do that."""

    kind, slug = Kind.FORBIDDEN, "not_in_charge"


class MessageRemoved(DomainError):
    kind, slug = Kind.CONFLICT, "message_removed"


class IdUsed(DomainError):
    """The client's message id is that of another message or edit of the sender."""

    kind, slug = Kind.CONFLICT, "id_used"


class TooLateToChange(DomainError):
    kind, slug = Kind.CONFLICT, "too_late_to_change"


class BadDuration(DomainError):
    kind, slug = Kind.INVALID, "bad_duration"


class ReportHandled(DomainError):
    kind, slug = Kind.CONFLICT, "report_handled"


class WordTaken(DomainError):
    kind, slug = Kind.CONFLICT, "word_taken"
