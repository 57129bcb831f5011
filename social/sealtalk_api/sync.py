"""`GET /user/sync/:version`."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from tempfile import SpooledTemporaryFile
from typing import Any

from django.http import FileResponse
from django.http.response import HttpResponseBase
from rest_framework import exceptions as drf
from rest_framework import serializers
from rest_framework.request import Request

from rtcserver.snapshots import read_snapshot
from rtcserver.wire.sealtalk import ok
from social.sealtalk_api.base import PersonShape, SocialView, described, name, person, portrait
from social.sync import Changes, Row

IN_MEMORY = 1_048_576  # bytes; a longer answer is put together in a file
AT_A_TIME = 65_536  # bytes sent
_json = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
NOTHING: dict[str, Any] = {
    "version": None,
    "user": None,
    "blacklist": [],
    "friends": [],
    "groups": [],
    "group_members": [],
}


class SyncShape(serializers.Serializer):
    class StampedPerson(PersonShape):
        timestamp = serializers.IntegerField()

    version = serializers.IntegerField(allow_null=True)
    user = StampedPerson(allow_null=True)
    blacklist = serializers.ListField(child=serializers.DictField())
    friends = serializers.ListField(child=serializers.DictField())
    groups = serializers.ListField(child=serializers.DictField())
    group_members = serializers.ListField(child=serializers.DictField())


class Sync(SocialView):
    @described("sync", "What changed since a version", result=SyncShape())
    def get(self, request: Request, version: str) -> HttpResponseBase:
        """Everything newer than `version` (0: everything), and the version to keep.

        The answer is complete before its first byte is sent: a slow device never holds the
        snapshot, and a fault never leaves half an answer.
        """
        if not re.fullmatch(r"-?[0-9]{1,18}", version):
            raise drf.ParseError("Version parameter is not integer.")
        changes = Changes(self.person.pk, max(0, int(version)))
        if changes.is_empty:  # one statement sees one moment by itself
            return ok(NOTHING)
        with read_snapshot():
            file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (the response closes it)
            for text in answer(changes):
                file.write(text.encode())
        file.seek(0)
        response = FileResponse(file, content_type="application/json; charset=utf-8")
        response.block_size = AT_A_TIME
        return response


def answer(changes: Changes) -> Iterator[str]:
    """The body, piece by piece; the version, known last, stands last."""
    own = [_json({**person(row), "timestamp": row["stamp"]}) for row in changes.own()]
    yield '{"code":200,"result":{"user":' + (own[0] if own else "null")
    yield from _list("blacklist", changes.blacklist(), _block)
    yield from _list("friends", changes.friends(), _friend)
    yield from _list("groups", changes.groups(), _group)
    yield from _list("group_members", changes.members(), _member)
    yield f',"version":{_json(changes.newest)}}}}}'


def _list(member: str, rows: Iterable[Row], shape: Callable[[Row], Row]) -> Iterator[str]:
    separator = f',"{member}":['
    for row in rows:
        yield separator + _json(shape(row))
        separator = ","
    yield "]" if separator == "," else separator + "]"


def _block(row: Row) -> Row:
    return {
        "friendId": row["person_id"],
        "status": row["is_active"],
        "timestamp": row["stamp"],
        "user": person(row),
    }


def _friend(row: Row) -> Row:
    return {
        "friendId": row["person_id"],
        "displayName": name(row["display_name"]),
        "status": row["status"],
        "timestamp": row["stamp"],
        "user": person(row),
    }


def _group(row: Row) -> Row:
    return {
        "groupId": row["group_id"],
        "displayName": name(row["display_name"]),
        "role": 0 if row["is_creator"] else 1,
        "isDeleted": row["left_at"] is not None,
        "group": {
            "id": row["group_id"],
            "name": name(row["name"]),
            "portraitUri": portrait(row["picture"]),
            "timestamp": row["stamp"],
        },
    }


def _member(row: Row) -> Row:
    return {
        "groupId": row["group_id"],
        "memberId": row["person_id"],
        "displayName": name(row["display_name"]),
        "role": 0 if row["is_creator"] else 1,
        "isDeleted": row["left_at"] is not None,
        "timestamp": row["stamp"],
        "user": person(row),
    }
