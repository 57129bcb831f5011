"""What a message may consist of: checked, and encoded once."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from chat.errors import BadMessage, MessageTooLong

TEXT, IMAGE = "text", "image"
MAX_DEPTH = 32  # stored bodies must be readable by every client, whatever its own limits
MAX_CLIENT_ID = 64  # characters
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")  # as JSON writes it; not a text that says so
_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9:._-]{0,31}")


def encoded(message_type: str, body: Any) -> str:
    """The body as compact JSON.

    Raises:
        BadMessage: `text` is no string or empty, `image` no object with a web `url`, or the
            body is nothing that JSON can carry, or has a NUL in it.
        MessageTooLong: More than RTC_CHAT_MESSAGE_BYTES when encoded.
    """
    check_type(message_type)
    if message_type == TEXT and not (isinstance(body, str) and body):
        raise BadMessage("The body of a text is a string that is not empty.")
    if message_type == IMAGE and not _is_image(body):
        raise BadMessage("The body of an image is an object with the `url` of the picture.")
    if not isinstance(body, str):
        _check_depth(body, MAX_DEPTH)
    try:
        written = _ENCODER.encode(body)
        size = len(written.encode())
    except ValueError:  # no number, or half a character
        raise BadMessage("The body is not JSON.") from None
    if "\\u0000" in written and _NUL.search(written):
        raise BadMessage("A message has no NUL in it.")
    if size > settings.CHAT_MESSAGE_BYTES:
        raise MessageTooLong(f"A message has at most {settings.CHAT_MESSAGE_BYTES} bytes.")
    return written


def check_type(message_type: str) -> None:
    """Raises BadMessage."""
    if not _TYPE.fullmatch(message_type):
        raise BadMessage("A type is a letter and up to 31 letters, digits, and `:._-`.")


def check_client_id(client_id: str | None) -> None:
    """Raises BadMessage."""
    if client_id is None:
        return
    if not 0 < len(client_id) <= MAX_CLIENT_ID or not client_id.isprintable():
        raise BadMessage(f"A client's message id has 1 to {MAX_CLIENT_ID} printable characters.")


def check_text(text: str, most: int) -> None:
    """Raises BadMessage unless it is at most so long, and something the store can keep."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadMessage("A text with half a character in it.") from None
    if "\x00" in text or len(text) > most:
        raise BadMessage(f"A text of at most {most} characters, none of them NUL.")


def _is_image(body: Any) -> bool:
    if not (isinstance(body, dict) and isinstance(body.get("url"), str)):
        return False
    try:
        address = urlsplit(body["url"])
    except ValueError:
        return False
    return address.scheme in ("http", "https") and bool(address.netloc)


def _check_depth(value: Any, left: int) -> None:
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.values()
    elif isinstance(value, list):
        inner = value
    if inner and not left:
        raise BadMessage("The body is nested too deeply.")
    for item in inner:
        if isinstance(item, dict | list):
            _check_depth(item, left - 1)
