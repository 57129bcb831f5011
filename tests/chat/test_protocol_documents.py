"""docs/chat-protocol.md and its schema tell of everything the socket does, no more."""

import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from chat import errors
from chat.consumers.operations import BY_NAME
from rtcserver.sockets import Code
from tests.chat.frames import DOCS, SCHEMA, operations

TEXT = (DOCS / "chat-protocol.md").read_text()
CHAT = Path(__file__).parents[2] / "chat"
SOCKETS = Path(__file__).parents[2] / "rtcserver" / "sockets"


def named_first(heading):
    """What stands first in the rows of the table under a heading."""
    section = TEXT.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return set(re.findall(r"^\| `?(\w+)`? \|", section, re.MULTILINE)) - {"op", "code", "what"}


def test_the_schema_is_one():
    Draft202012Validator.check_schema(SCHEMA)
    for side in ("client", "server"):
        listed = {
            item["$ref"].split("_", 1)[1] for item in SCHEMA["$defs"][f"{side}Frame"]["oneOf"]
        }
        assert listed == operations(side)


def test_every_operation_is_in_the_schema_and_in_the_document():
    served = {*BY_NAME, "auth", "ping"}
    assert operations("client") == served
    assert named_first("What a client sends") == served


def test_every_answer_of_the_server_is_in_the_schema_and_in_the_document():
    sources = [*CHAT.rglob("*.py"), SOCKETS / "operations.py"]
    code = "".join(path.read_text() for path in sources)
    written = set(
        re.findall(
            r'(?:answer|encode|sign|_answer_posted)\(\s*(?:socket, |conversation, )?"(\w+)"', code
        )
    )
    assert written == operations("server")
    unasked = named_first("What the server sends unasked")
    answers = set(re.findall(r"`(\w+)`", TEXT))
    assert unasked <= operations("server") <= answers


def test_every_close_code_is_in_the_document():
    assert named_first("Close codes") == {str(int(code)) for code in Code}


NOT_OF_SOCKETS = {"report_not_found", "report_handled", "bad_duration", "word_taken"}


REFUSALS = {
    kind.slug for kind in vars(errors).values() if getattr(kind, "__module__", "") == "chat.errors"
}


@pytest.mark.parametrize("slug", sorted(REFUSALS - NOT_OF_SOCKETS))
def test_every_refusal_is_in_the_document(slug):
    assert f"`{slug}`" in TEXT
