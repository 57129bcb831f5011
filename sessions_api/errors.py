"""Refusals of sessions and participants."""

from rtcserver.errors import DomainError, Kind


class UnknownSession(DomainError):
    kind, slug = Kind.NOT_FOUND, "not_found"


class SessionCanceled(DomainError):
    kind, slug = Kind.GONE, "session_canceled"


class ParticipantCanceled(DomainError):
    kind, slug = Kind.GONE, "participant_canceled"


class ParticipantExpired(DomainError):
    kind, slug = Kind.CONFLICT, "participant_expired"


class SessionStarted(DomainError):
    kind, slug = Kind.CONFLICT, "session_started"


class SessionEnded(DomainError):
    kind, slug = Kind.CONFLICT, "session_ended"


class SessionNotStarted(DomainError):
    kind, slug = Kind.CONFLICT, "session_not_started"


class StartInPast(DomainError):
    kind, slug = Kind.INVALID, "start_in_past"


class EndNotAfterStart(DomainError):
    kind, slug = Kind.INVALID, "end_not_after_start"


class EndInPast(DomainError):
    kind, slug = Kind.INVALID, "end_in_past"


class UnknownParticipant(DomainError):
    kind, slug = Kind.NOT_FOUND, "not_found"


class NotWaiting(DomainError):
    kind, slug = Kind.CONFLICT, "not_waiting"


class NotInside(DomainError):
    kind, slug = Kind.CONFLICT, "not_inside"


class MayNotDecide(DomainError):
    kind, slug = Kind.FORBIDDEN, "not_allowed"


class NotRelayed(DomainError):
    """Something was said to the media server of a call that goes between the people."""

    kind, slug = Kind.CONFLICT, "not_relayed"


class CallFull(DomainError):
    """As many people are inside as can send to each other, and no media server is there."""

    kind, slug = Kind.CONFLICT, "call_full"


class MayNotPublish(DomainError):
    """A person who only receives offered to send."""

    kind, slug = Kind.FORBIDDEN, "may_not_publish"


class DemoFull(DomainError):
    """The demo holds as many live sessions or tokens as it may."""

    kind, slug = Kind.LIMITED, "limit"
