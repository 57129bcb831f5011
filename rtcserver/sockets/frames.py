"""Frames of our own protocols: JSON objects with an `op` (docs/chat-protocol.md, docs/calls.md).

What a client sends is read field by field; the first fault ends the frame, not the connection.
"""

import json
from typing import Any

REF_LENGTH = 64
ID_LENGTH = 64
MAX_NUMBER = 2**53 - 1  # what JavaScript counts exactly

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

Frame = dict[str, Any]
Ref = str | int | None


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
        storable = "\\u" not in text or is_storable(frame)
    except (ValueError, RecursionError):
        raise BadFrame("bad_frame", "A frame is one JSON object.") from None
    if not isinstance(frame, dict):
        raise BadFrame("bad_frame", "A frame is one JSON object.")
    if not storable:
        raise BadFrame("bad_frame", "NUL and unpaired surrogates are not allowed.")
    return frame


def reference(frame: Frame) -> Ref:
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


def number_in(frame: Frame, name: str, *, least: int = 0, most: int = MAX_NUMBER) -> int:
    """A whole number. Raises BadFrame `bad_field`."""
    value = frame.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BadFrame("bad_field", f"{name} is a whole number from {least} to {most}.")
    return value


def optional_number(
    frame: Frame, name: str, *, least: int = 0, most: int = MAX_NUMBER
) -> int | None:
    return None if frame.get(name) is None else number_in(frame, name, least=least, most=most)


def flag_in(frame: Frame, name: str) -> bool:
    value = frame.get(name)
    if not isinstance(value, bool):
        raise BadFrame("bad_field", f"{name} is true or false.")
    return value


def object_in(frame: Frame, name: str) -> Frame:
    value = frame.get(name)
    if not isinstance(value, dict):
        raise BadFrame("bad_field", f"{name} is an object.")
    return value


def written(frame: Frame) -> str:
    """Compact JSON, as every frame is sent."""
    return _ENCODER.encode(frame)


def encode(op: str, **fields: Any) -> str:
    """A frame to the client."""
    return written({"op": op, **fields})


def answer(op: str, ref: Ref, **fields: Any) -> str:
    """A frame that answers one of the client's."""
    return encode(op, **fields) if ref is None else encode(op, ref=ref, **fields)


def is_storable(value: object) -> bool:
    """Only escapes can smuggle in what databases or UTF-8 refuse."""
    if isinstance(value, str):
        return "\x00" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
    if isinstance(value, dict):
        return all(is_storable(name) and is_storable(inner) for name, inner in value.items())
    return not isinstance(value, list) or all(map(is_storable, value))
