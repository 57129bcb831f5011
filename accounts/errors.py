"""Refusals of accounts."""

from rtcserver.errors import DomainError, Kind


class NameTaken(DomainError):
    kind, slug = Kind.CONFLICT, "name_taken"


class UnknownTeam(DomainError):
    kind, slug = Kind.NOT_FOUND, "not_found"


class UnknownScope(DomainError):
    kind, slug = Kind.INVALID, "unknown_scope"


class BadSignature(DomainError):
    """Wrong signature or unknown name; the message does not say which."""

    kind, slug = Kind.UNAUTHENTICATED, "bad_signature"


class BadSignatureTime(DomainError):
    kind, slug = Kind.INVALID, "bad_signature_time"


class SignatureUsed(DomainError):
    kind, slug = Kind.CONFLICT, "signature_used"


class BadName(DomainError):
    kind, slug = Kind.INVALID, "bad_name"


class RegistrationClosed(DomainError):
    kind, slug = Kind.FORBIDDEN, "registration_closed"


class TokenInvalid(DomainError):
    kind, slug = Kind.UNAUTHENTICATED, "token_invalid"


class TokenExpired(DomainError):
    """A genuine token whose time is over."""

    kind, slug = Kind.UNAUTHENTICATED, "token_expired"


class NothingToSet(DomainError):
    kind, slug = Kind.INVALID, "nothing_to_set"


class UnknownUser(DomainError):
    kind, slug = Kind.NOT_FOUND, "unknown_user"
