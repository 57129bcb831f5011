"""The frames of the call socket: JSON objects with an `op` (docs/calls.md).

What a page sends is read field by field; the first fault ends the frame, not the connection.
"""

import json
from typing import Any
from uuid import UUID

from rtcserver.ids import parse_uuid

REF_LENGTH = 64
ID_LENGTH = 64
SDP_LENGTH = 48_000  # characters; a frame is 64 KiB at most
CANDIDATE_LENGTH = 1_000
_QUIET = ("a=recvonly", "a=inactive")
_SENDING = ("a=sendonly", "a=sendrecv")
_DIRECTIONS = (*_QUIET, *_SENDING)

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
        json.dumps(frame, ensure_ascii=False).encode()  # no unpaired surrogates
    except (ValueError, RecursionError):
        raise BadFrame("bad_frame", "A frame is one JSON object.") from None
    if not isinstance(frame, dict) or "\\u0000" in text:
        raise BadFrame("bad_frame", "A frame is one JSON object.")
    return frame


def reference(frame: Frame) -> str | int | None:
    """What the page wants its answer marked with."""
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


def flag_in(frame: Frame, name: str) -> bool:
    value = frame.get(name)
    if not isinstance(value, bool):
        raise BadFrame("bad_field", f"{name} is true or false.")
    return value


def peer_in(frame: Frame, name: str) -> UUID:
    """A peer id. Raises BadFrame `bad_field`."""
    value = parse_uuid(text_in(frame, name))
    if value is None:
        raise BadFrame("bad_field", f"{name} is a peer id.")
    return value


def signal_in(frame: Frame) -> Frame:
    """What one page tells another: `hello`, or a `description`, or a `candidate`.

    Beside it `page` names the sender's page and `to_page` the one it is meant for, so that what
    was meant for a page before its reload is told apart.
    """
    shapes = [read(frame) for name, read in _SIGNALS.items() if name in frame]
    if len(shapes) != 1:
        raise BadFrame("bad_field", f"Give one of {', '.join(_SIGNALS)}.")
    pages = {name: text_in(frame, name) for name in ("page", "to_page") if name in frame}
    return shapes[0] | pages


def side_in(frame: Frame) -> Frame:
    """Which of a page's two connections to the media server is spoken of, and by which page.

    `hello` opens both. Otherwise `up` takes offers and `down` answers.
    """
    page = {"page": text_in(frame, "page")}
    if "hello" in frame:
        return page
    side, offers = frame.get("side"), {"up": "offer", "down": "answer"}
    if not isinstance(side, str) or side not in offers:
        raise BadFrame("bad_field", "side is up or down.")
    if frame.get("description", {}).get("type", offers[side]) != offers[side]:
        raise BadFrame("bad_field", f"{side} takes the {offers[side]} of a page.")
    return page | {"side": side}


def sends_media(signal: Frame) -> bool:
    """Whether a description offers to send: each section says otherwise, once, or means it does."""
    sdp = signal.get("description", {}).get("sdp", "")
    head, *sections = sdp.replace("\r", "\n").split("\nm=")
    if any(line.strip() in _SENDING for line in head.split("\n")) or head.startswith("m="):
        return True  # the default of all sections, or no description at all
    for section in sections:
        said = [line.strip() for line in section.split("\n") if line.strip() in _DIRECTIONS]
        if section.startswith(("audio", "video")) and (len(said) != 1 or said[0] not in _QUIET):
            return True
    return False


def encode(op: str, **fields: Any) -> str:
    """A frame to the page."""
    return json.dumps({"op": op, **fields}, ensure_ascii=False, separators=(",", ":"))


def answer(op: str, ref: str | int | None, **fields: Any) -> str:
    """A frame that answers one of the page's."""
    return encode(op, **fields) if ref is None else encode(op, ref=ref, **fields)


def _hello(frame: Frame) -> Frame:
    return {"hello": text_in(frame, "hello", most=8)}


def _description(frame: Frame) -> Frame:
    given = _object_in(frame, "description")
    if given.get("type") not in ("offer", "answer"):
        raise BadFrame("bad_field", "description.type is offer or answer.")
    sdp = text_in(given, "sdp", most=SDP_LENGTH)
    return {"description": {"type": given["type"], "sdp": sdp}}


def _candidate(frame: Frame) -> Frame:
    given = _object_in(frame, "candidate")
    line, line_index = given.get("candidate"), given.get("sdpMLineIndex")
    if not isinstance(line, str) or len(line) > CANDIDATE_LENGTH:
        raise BadFrame("bad_field", "candidate.candidate is a short string.")
    if line_index is not None and (isinstance(line_index, bool) or line_index not in range(256)):
        raise BadFrame("bad_field", "candidate.sdpMLineIndex is a small number.")
    names = [name for name in ("sdpMid", "usernameFragment") if given.get(name) is not None]
    known = {name: text_in(given, name, most=256) for name in names}
    return {"candidate": {"candidate": line, "sdpMLineIndex": line_index, **known}}


def _object_in(frame: Frame, name: str) -> Frame:
    value = frame.get(name)
    if not isinstance(value, dict):
        raise BadFrame("bad_field", f"{name} is an object.")
    return value


_SIGNALS = {"hello": _hello, "description": _description, "candidate": _candidate}
