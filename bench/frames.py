"""The frame whose delivery is measured: a message of 100 characters, 350 bytes as JSON."""

import json
from typing import Any

FIRST = 10_000_000  # numbers of messages have the same width


def entry(seq: int) -> dict[str, Any]:
    return {
        "seq": seq,
        "kind": "message",
        "sender": {"key": "person:aB3dE5fG7hJ9", "name": "Dr. Amara Okafor", "picture": ""},
        "clientId": "0123456789abcdef0123456789abcdef",
        "type": "text",
        "body": "x" * 100,
        "time": "2050-06-08T04:07:11.123Z",
    }


def frame(room: str, seq: int) -> str:
    fields = {"op": "entries", "conversation": room, "entries": [entry(seq)]}
    return json.dumps(fields, separators=(",", ":"))
