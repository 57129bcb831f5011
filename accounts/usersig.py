"""UserSig (TLSSigAPIv2): a signed statement that a user id may use the real-time service.

The SDKs of the LiveRoom dialect present it; our own room socket accepts it too. A deflated JSON
document with an HMAC-SHA256 over its fields, in a base64 alphabet that is safe in URLs.
"""

import base64
import hashlib
import hmac
import json
import zlib
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

LIFETIME_SECONDS = 48 * 3600
CLOCK_SLACK_SECONDS = 300  # how far in the future a signature may have been made
MAX_TEXT = 8 * 1024
MAX_INFLATED = 64 * 1024

_TO_URL = bytes.maketrans(b"+/=", b"*-_")
_FROM_URL = bytes.maketrans(b"*-_", b"+/=")


def mint(user_id: str, *, now: float) -> str:
    """Return a UserSig of `user_id`, good for LIFETIME_SECONDS from `now` (Unix time)."""
    document = {
        "TLS.ver": "2.0",
        "TLS.identifier": user_id,
        "TLS.sdkappid": settings.LIVEROOM_SDK_APP_ID,
        "TLS.expire": LIFETIME_SECONDS,
        "TLS.time": int(now),
    }
    document["TLS.sig"] = _signature(document)
    packed = zlib.compress(json.dumps(document).encode())
    return base64.b64encode(packed).translate(_TO_URL).decode()


def is_valid(user_sig: str, *, user_id: str, now: float) -> bool:
    """Whether `user_sig` was made with our key for `user_id` and this app, and still counts."""
    document = _unpacked(user_sig)
    if document is None:
        return False
    made, life = document["TLS.time"], document["TLS.expire"]
    genuine = hmac.compare_digest(_signature(document).encode(), document["TLS.sig"].encode())
    return (
        genuine
        and document["TLS.identifier"] == user_id
        and document["TLS.sdkappid"] == settings.LIVEROOM_SDK_APP_ID
        and made - CLOCK_SLACK_SECONDS <= now < made + life
    )


def expires_at(user_sig: str) -> datetime:
    """When a valid UserSig ends."""
    document = _unpacked(user_sig)
    if document is None:
        raise ValueError("not a UserSig")
    return datetime.fromtimestamp(document["TLS.time"] + document["TLS.expire"], UTC)


def _signature(document: dict[str, Any]) -> str:
    text = (
        f"TLS.identifier:{document['TLS.identifier']}\n"
        f"TLS.sdkappid:{document['TLS.sdkappid']}\n"
        f"TLS.time:{document['TLS.time']}\n"
        f"TLS.expire:{document['TLS.expire']}\n"
    )
    if "TLS.userbuf" in document:
        text += f"TLS.userbuf:{document['TLS.userbuf']}\n"
    digest = hmac.new(settings.LIVEROOM_SDK_KEY.encode(), text.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


_TYPES = {
    "TLS.ver": str,
    "TLS.identifier": str,
    "TLS.sdkappid": int,
    "TLS.time": int,
    "TLS.expire": int,
    "TLS.sig": str,
}


def _unpacked(user_sig: str) -> dict[str, Any] | None:
    """The document inside, if it can be read and every field has its type."""
    if len(user_sig) > MAX_TEXT or not user_sig.isascii():
        return None
    try:
        packed = base64.b64decode(user_sig.encode().translate(_FROM_URL), validate=True)
        inflater = zlib.decompressobj()
        text = inflater.decompress(packed, MAX_INFLATED)
        if not inflater.eof:
            return None  # longer than any honest one, or cut off
        document = json.loads(text)
        json.dumps(document, ensure_ascii=False).encode()  # a lone surrogate is no text
    except (zlib.error, ValueError, RecursionError):  # base64 and JSON raise ValueErrors
        return None
    if not isinstance(document, dict):
        return None
    typed = all(type(document.get(name)) is kind for name, kind in _TYPES.items())
    return document if typed and isinstance(document.get("TLS.userbuf", ""), str) else None
