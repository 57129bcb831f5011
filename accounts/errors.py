"""Refusals of accounts."""

from rtcserver.errors import DomainError, Kind


class NameTaken(DomainError):
    kind, slug = Kind.CONFLICT, "name_taken"


class UnknownTeam(DomainError):
    kind, slug = Kind.NOT_FOUND, "not_found"


class BadKey(DomainError):
    """No key, an unknown one, a wrong secret, or a key that is switched off: the same answer."""

    kind, slug = Kind.FORBIDDEN, "invalid_credentials"


class TooManyFailures(DomainError):
    kind, slug = Kind.LIMITED, "slow_down"


class UnknownScope(DomainError):
    kind, slug = Kind.INVALID, "unknown_scope"


class BadPhone(DomainError):
    kind, slug = Kind.INVALID, "bad_phone"


class CodesLimited(DomainError):
    """Too many codes for this phone, address, region or in all; the message does not say which."""

    kind, slug = Kind.LIMITED, "codes_limited"


class NoCodeSent(DomainError):
    kind, slug = Kind.NOT_FOUND, "no_code_sent"


class WrongCode(DomainError):
    kind, slug = Kind.INVALID, "wrong_code"


class CodeExpired(DomainError):
    kind, slug = Kind.GONE, "code_expired"


class UnknownVerification(DomainError):
    kind, slug = Kind.NOT_FOUND, "unknown_verification"


class PhoneTaken(DomainError):
    kind, slug = Kind.CONFLICT, "phone_taken"


class WrongPassword(DomainError):
    kind, slug = Kind.INVALID, "wrong_password"


class BadImage(DomainError):
    kind, slug = Kind.INVALID, "bad_image"


class TooManyImages(DomainError):
    kind, slug = Kind.LIMITED, "too_many_images"


class BadUploadToken(DomainError):
    kind, slug = Kind.FORBIDDEN, "bad_upload_token"


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


class BadWebhookUrl(DomainError):
    kind, slug = Kind.INVALID, "bad_url"


class BadEventType(DomainError):
    kind, slug = Kind.INVALID, "bad_event_type"


class TooManyWebhooks(DomainError):
    kind, slug = Kind.CONFLICT, "too_many_webhooks"


class BadCursor(DomainError):
    kind, slug = Kind.INVALID, "bad_cursor"
