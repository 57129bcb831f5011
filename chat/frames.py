"""The frames of the native protocol: JSON objects with an `op` (docs/chat-protocol.md).

What a client sends is read field by field; the first fault ends the frame, not the connection.
"""

import json
from typing import Any

SUBPROTOCOL = "rtc.chat.v1"
REF_LENGTH = 64
ID_LENGTH = 64
FRAME_LENGTH = 262_144  # characters of a frame with entries
MAX_SEQ = 2**53 - 1  # what JavaScript counts exactly
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

Frame = dict[str, Any]


class BadFrame(Exception):
    """A frame that cannot be acted on; `code` is for programs, the text for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def parse(text: str) -> Frame:
    """The object in a text frame. Raises BadFrame `bad_frame`."""
    try:
        frame = json.loads(text)
        text.encode()
        storable = "\\u" not in text or _is_storable(frame)
    except (ValueError, RecursionError):
        raise BadFrame("bad_frame", "A frame is one JSON object.") from None
    if not isinstance(frame, dict):
        raise BadFrame("bad_frame", "A frame is one JSON object.")
    if not storable:
        raise BadFrame("bad_frame", "NUL and unpaired surrogates are not allowed.")
    return frame


def reference(frame: Frame) -> str | int | None:
    """What the client wants its answer marked with."""
    ref = frame.get("ref")
    if isinstance(ref, bool) or not isinstance(ref, str | int):
        return None
    return ref if len(str(ref)) <= REF_LENGTH else None


def text_in(frame: Frame, name: str, *, most: int = ID_LENGTH) -> str:
    """A string that is not empty. Raises BadFrame `bad_field`."""
    value = frame.get(name)
    if not isinstance(value, str) or not value or len(value) > most:
        raise BadFrame("bad_field", f"{name} is a string of 1 to {most} characters.")
    return value


def optional_text(frame: Frame, name: str, *, most: int = ID_LENGTH) -> str | None:
    return None if frame.get(name) is None else text_in(frame, name, most=most)


def number_in(frame: Frame, name: str, *, least: int = 0, most: int = MAX_SEQ) -> int:
    """A whole number. Raises BadFrame `bad_field`."""
    value = frame.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BadFrame("bad_field", f"{name} is a whole number from {least} to {most}.")
    return value


def optional_number(frame: Frame, name: str, *, least: int = 0, most: int = MAX_SEQ) -> int | None:
    return None if frame.get(name) is None else number_in(frame, name, least=least, most=most)


def flag_in(frame: Frame, name: str) -> bool:
    value = frame.get(name)
    if not isinstance(value, bool):
        raise BadFrame("bad_field", f"{name} is true or false.")
    return value


def encode(op: str, **fields: Any) -> str:
    """A frame to the client."""
    return _ENCODER.encode({"op": op, **fields})


def answer(op: str, ref: str | int | None, **fields: Any) -> str:
    """A frame that answers one of the client's."""
    return encode(op, **fields) if ref is None else encode(op, ref=ref, **fields)


def entries_frames(conversation: str, entries: list[Frame]) -> list[str]:
    """What readers of a conversation are sent: entries with consecutive numbers.

    Frames of FRAME_LENGTH at most, unless one entry alone is longer: clients refuse huge ones.
    """
    frame = encode("entries", conversation=conversation, entries=entries)
    if len(entries) == 1 or len(frame) <= FRAME_LENGTH:
        return [frame]
    half = len(entries) // 2
    first, second = entries[:half], entries[half:]
    return [*entries_frames(conversation, first), *entries_frames(conversation, second)]


def fitting(entries: list[Frame]) -> list[Frame]:
    """The latest of these entries that fit into one frame."""
    while len(entries) > 1 and len(json.dumps(entries, ensure_ascii=False)) > FRAME_LENGTH:
        entries = entries[len(entries) // 2 :]
    return entries


def _is_storable(value: object) -> bool:
    """Only escapes can smuggle in what databases or UTF-8 refuse."""
    if isinstance(value, str):
        return "\x00" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
    if isinstance(value, dict):
        return all(_is_storable(name) and _is_storable(inner) for name, inner in value.items())
    return not isinstance(value, list) or all(map(_is_storable, value))
