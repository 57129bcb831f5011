"""What pages of a call say to each other through the call socket (docs/calls.md)."""

import re
from uuid import UUID

from rtcserver.ids import parse_uuid
from rtcserver.sockets.frames import BadFrame, Frame, object_in, text_in

SDP_LENGTH = 48_000  # characters; a frame is 64 KiB at most
CANDIDATE_LENGTH = 1_000
_QUIET = {"a=recvonly", "a=inactive"}
_QUIETLY = [[line] for line in _QUIET]  # said once
_DIRECTION = re.compile(r"a=(sendrecv|sendonly|recvonly|inactive)(?![a-z0-9-])", re.IGNORECASE)
_SECTION = re.compile(r"^m=", re.IGNORECASE | re.MULTILINE)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


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
    """Whether a description may have its page send anything, data channels included.

    Browsers and media servers read descriptions each in their own loose way. What every one of
    them takes for quiet is quiet; all else sends, and so does any `up`.
    """
    if "description" not in signal:
        return False
    sdp = signal["description"]["sdp"].replace("\r\n", "\n").removesuffix("\r")
    if _CONTROL.search(sdp):
        return True
    head, *sections = _SECTION.split(sdp)
    return (
        signal.get("side") == "up"
        or not {line.casefold() for line in _directions(head)} <= _QUIET
        or any(_directions(section) not in _QUIETLY for section in sections)
    )


def _directions(part: str) -> list[str]:
    return [line for line in part.split("\n") if _DIRECTION.match(line)]


def _hello(frame: Frame) -> Frame:
    return {"hello": text_in(frame, "hello", most=8)}


def _description(frame: Frame) -> Frame:
    given = object_in(frame, "description")
    if given.get("type") not in ("offer", "answer"):
        raise BadFrame("bad_field", "description.type is offer or answer.")
    sdp = text_in(given, "sdp", most=SDP_LENGTH)
    return {"description": {"type": given["type"], "sdp": sdp}}


def _candidate(frame: Frame) -> Frame:
    given = object_in(frame, "candidate")
    line, line_index = given.get("candidate"), given.get("sdpMLineIndex")
    if not isinstance(line, str) or len(line) > CANDIDATE_LENGTH:
        raise BadFrame("bad_field", "candidate.candidate is a short string.")
    if line_index is not None and (isinstance(line_index, bool) or line_index not in range(256)):
        raise BadFrame("bad_field", "candidate.sdpMLineIndex is a small number.")
    names = [name for name in ("sdpMid", "usernameFragment") if given.get(name) is not None]
    known = {name: text_in(given, name, most=256) for name in names}
    return {"candidate": {"candidate": line, "sdpMLineIndex": line_index, **known}}


_SIGNALS = {"hello": _hello, "description": _description, "candidate": _candidate}
