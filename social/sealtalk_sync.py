"""The answer of `GET /user/sync/:version` (docs/dialects/sealtalk-social.md)."""

import json
from collections.abc import Callable, Iterable, Iterator
from tempfile import SpooledTemporaryFile
from typing import Any

from rtcserver.snapshots import read_snapshot
from social.sync import Changes, Row

IN_MEMORY = 1_048_576  # bytes; a longer answer is put together in a file
NOTHING: dict[str, Any] = {
    "version": None,
    "user": None,
    "blacklist": [],
    "friends": [],
    "groups": [],
    "group_members": [],
}


def sync_answer(user_id: int, version: int) -> Any:
    """Return the whole answer as an open file of JSON, at its beginning.

    It is complete before the first byte is sent: a slow device never holds the snapshot, and
    a fault never leaves half an answer.
    """
    file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (handed to the caller)
    with read_snapshot():
        for text in _answer(Changes(user_id, version)):
            file.write(text.encode())
    file.seek(0)
    return file


def _answer(changes: Changes) -> Iterator[str]:
    if changes.is_empty:
        yield json.dumps({"code": 200, "result": NOTHING})
        return
    own = [json.dumps({**_person(row), "timestamp": row["stamp"]}) for row in changes.own()]
    yield '{"code": 200, "result": {"user": ' + (own[0] if own else "null")
    yield from _list("blacklist", changes.blacklist(), _block)
    yield from _list("friends", changes.friends(), _friend)
    yield from _list("groups", changes.groups(), _group)
    yield from _list("group_members", changes.members(), _member)
    yield f', "version": {json.dumps(changes.newest)}}}}}'


def _list(name: str, rows: Iterable[Row], shape: Callable[[Row], Row]) -> Iterator[str]:
    separator = f', "{name}": ['
    for row in rows:
        yield separator + json.dumps(shape(row))
        separator = ","
    yield "]" if separator == "," else separator + "]"


def _person(row: Row) -> Row:
    return {
        "id": row["person_id"],
        "nickname": row["person_name"],
        "portraitUri": row["person_portrait"],
    }


def _block(row: Row) -> Row:
    return {
        "friendId": row["person_id"],
        "status": row["is_active"],
        "timestamp": row["stamp"],
        "user": _person(row),
    }


def _friend(row: Row) -> Row:
    return {
        "friendId": row["person_id"],
        "displayName": row["display_name"],
        "status": row["status"],
        "timestamp": row["stamp"],
        "user": _person(row),
    }


def _group(row: Row) -> Row:
    return {
        "groupId": row["group_id"],
        "displayName": row["display_name"],
        "role": 0 if row["is_creator"] else 1,
        "isDeleted": row["left_at"] is not None,
        "group": {
            "id": row["group_id"],
            "name": row["name"],
            "portraitUri": row["picture"],
            "timestamp": row["stamp"],
        },
    }


def _member(row: Row) -> Row:
    return {
        "groupId": row["group_id"],
        "memberId": row["person_id"],
        "displayName": row["display_name"],
        "role": 0 if row["is_creator"] else 1,
        "isDeleted": row["left_at"] is not None,
        "timestamp": row["stamp"],
        "user": _person(row),
    }
