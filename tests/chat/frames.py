"""docs/chat-protocol.schema.json, to hold frames against."""

import json
from pathlib import Path

from jsonschema import Draft202012Validator

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA = json.loads((DOCS / "chat-protocol.schema.json").read_text())


def operations(side: str) -> set[str]:
    """The names of the frames that `client` or `server` sends."""
    return {
        name.removeprefix(f"{side}_") for name in SCHEMA["$defs"] if name.startswith(f"{side}_")
    }


def check_client_frame(frame: dict) -> dict:
    return _checked("client", frame)


def check_server_frame(frame: dict) -> dict:
    return _checked("server", frame)


def _checked(side: str, frame: dict) -> dict:
    validator = _validators.get((side, frame["op"]))
    assert validator, f"{side} frame {frame['op']} is not in the schema"
    validator.validate(frame)
    return frame


_validators = {
    (side, op): Draft202012Validator({"$ref": f"#/$defs/{side}_{op}", "$defs": SCHEMA["$defs"]})
    for side in ("client", "server")
    for op in operations(side)
}
