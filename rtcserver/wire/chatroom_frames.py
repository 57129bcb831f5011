"""Frames of the chatroom socket: `{"type", "data": {"user", "room_name", "msg"}}`.

Contract 2.2; docs/dialects/chatroom.md describes them.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

MAX_NAME, MAX_AVATAR, MAX_MESSAGE = 64, 512, 4000  # characters
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # JSON has them, a database does not


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame, either way; `type` is join, leave or msg from a client."""

    type: str
    user_name: str
    user_avatar: str
    room_name: str
    msg: str

    def encoded(self) -> str:
        user = {"user_name": self.user_name, "user_avatar": self.user_avatar}
        data = {"user": user, "room_name": self.room_name, "msg": self.msg}
        return json.dumps({"type": self.type, "data": data}, ensure_ascii=False)


class BadFrame(Exception):
    """What a client sent is refused; `answer` is the error frame to send back."""

    def __init__(self, answer: Frame) -> None:
        super().__init__(answer.msg)
        self.answer = answer


def read_frame(sent: str | None) -> Frame:
    """The frame a client sent; None is one that is no text.

    Raises BadFrame with the text of the first rule it breaks (contract 2.2).
    """
    try:
        message = json.loads(sent or "")
    except (ValueError, RecursionError):
        message = None
    kind, data = _known(message, "type"), _known(message, "data")
    user = _known(data, "user")
    name, avatar = _known(user, "user_name"), _known(user, "user_avatar")
    frame = Frame(
        kind, name, "" if avatar is None else avatar, _known(data, "room_name"), _known(data, "msg")
    )
    if kind not in ("join", "leave", "msg") or data is None:
        raise BadFrame(error("invalid message", frame))
    if not all(
        isinstance(part, str) for part in (name, frame.user_avatar, frame.room_name, frame.msg)
    ):
        raise BadFrame(error("invalid data", frame))
    if not _legal(frame):
        raise BadFrame(error("illegal data", frame))
    if kind == "msg" and not frame.msg:
        raise BadFrame(error("null message", frame))
    return frame


def error(text: str, about: Frame) -> Frame:
    """The error frame that answers `about`; what of it cannot be repeated is empty."""
    name, avatar = _repeatable(about.user_name), _repeatable(about.user_avatar)
    return Frame("error", name, avatar, _repeatable(about.room_name), text)


def _known(mapping: Any, name: str) -> Any:
    return mapping.get(name) if isinstance(mapping, dict) else None


def _legal(frame: Frame) -> bool:
    limits = (
        (frame.user_name, 1, MAX_NAME),
        (frame.room_name, 1, MAX_NAME),
        (frame.user_avatar, 0, MAX_AVATAR),
        (frame.msg, 0, MAX_MESSAGE),
    )
    return all(
        least <= len(part) <= most and not UNSTORABLE.search(part) for part, least, most in limits
    )


def _repeatable(part: Any) -> str:
    return part if isinstance(part, str) and not UNSTORABLE.search(part) else ""
