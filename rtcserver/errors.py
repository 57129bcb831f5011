"""Domain errors: what went wrong, free of HTTP and of any wire dialect."""

from enum import Enum, auto

from django.db import InterfaceError, OperationalError

DatabaseAway = (OperationalError, InterfaceError)  # it is down, restarts, only reads, is full


class Kind(Enum):
    """What sort of refusal it is; each dialect maps a kind to its own code."""

    INVALID = auto()
    UNAUTHENTICATED = auto()
    FORBIDDEN = auto()
    NOT_FOUND = auto()
    GONE = auto()  # was there, and is withdrawn for good
    CONFLICT = auto()  # the state of the row forbids it
    LIMITED = auto()


class DomainError(Exception):
    """Base of every refusal a service can give.

    `slug` is the stable name that each dialect maps to its own code; it never
    changes once released. The message is for people, so no check may match it.
    """

    kind: Kind
    slug: str

    def __init__(self, message: str = "", *, wait: float | None = None) -> None:
        """`wait`: seconds after which it may go well, where that is known."""
        self.wait = wait
        super().__init__(message or self.slug.replace("_", " ").capitalize() + ".")
