"""Identifiers that are shown outside: random, so that nobody can count or guess rows."""

import secrets
import string
from uuid import UUID

_ALPHABET = string.ascii_letters + string.digits
_LENGTH = 12  # 71 bits


def new_public_id() -> str:
    """Return 12 random letters and digits: an id, never a credential."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def parse_uuid(text: str) -> UUID | None:
    """The UUID that `text` writes in its one usual form; None for anything else."""
    try:
        known = UUID(text)
    except ValueError:
        return None
    return known if str(known) == text.lower() else None  # UUID() also reads braces and URNs
