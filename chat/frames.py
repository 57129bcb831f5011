"""The frames of the native protocol that carry entries (docs/chat-protocol.md)."""

import json

from rtcserver.sockets.frames import Frame, encode

SUBPROTOCOL = "rtc.chat.v1"
FRAME_LENGTH = 262_144  # characters of a frame with entries


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
