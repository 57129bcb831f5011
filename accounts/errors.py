"""Refusals of accounts."""

from rtcserver.errors import DomainError, Kind


class NameTaken(DomainError):
    kind, slug = Kind.CONFLICT, "name_taken"


class UnknownTeam(DomainError):
    kind, slug = Kind.NOT_FOUND, "not_found"


class UnknownScope(DomainError):
    kind, slug = Kind.INVALID, "unknown_scope"
