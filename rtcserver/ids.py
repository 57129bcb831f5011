"""Identifiers that are shown outside: random, so that nobody can count or guess rows."""

import secrets
import string

_ALPHABET = string.ascii_letters + string.digits
_LENGTH = 12  # 71 bits


def new_public_id() -> str:
    """Return 12 random letters and digits: an id, never a credential."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
