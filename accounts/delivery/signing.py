"""Signatures of webhooks, by the Standard Webhooks specification (version 1.0, symmetric)."""

import base64
import hashlib
import hmac
import secrets

PREFIX = "whsec_"


def new_signing_secret() -> str:
    """192 random bits in the form receivers' libraries expect."""
    return PREFIX + base64.b64encode(secrets.token_bytes(24)).decode()


def signature(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: HMAC-SHA256 over id, time and the exact body."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()
