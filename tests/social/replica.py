"""A device that keeps its tables by sync alone, and what its tables should hold."""

import json
from typing import Any

from django.test import Client

from accounts.models import User
from rooms.models import Membership, Room
from social.models import Block, Friendship


class Replica:
    """Applies sync answers as the documentation tells clients to."""

    def __init__(self, user: User, client: Client) -> None:
        self.user, self.client = user, client
        self.version = 0
        self.is_dead = False
        self.own: Any = None
        self.friends: dict[str, Any] = {}
        self.blacklist: dict[str, Any] = {}
        self.groups: dict[str, Any] = {}
        self.members: dict[tuple[str, str], Any] = {}

    def sync(self) -> None:
        answer = self.client.get(f"/user/sync/{self.version}")
        if answer.status_code == 403:  # the account was removed, and the login with it
            self.is_dead = True
            return
        assert answer.status_code == 200
        self.apply(json.loads(answer.getvalue())["result"])

    def apply(self, answer: dict[str, Any]) -> None:
        newest = 0
        if answer["user"]:
            newest = answer["user"]["timestamp"]
            self.own = _person(answer["user"])
        for row in answer["friends"]:
            newest = max(newest, row["timestamp"])
            value = (row["status"], row["displayName"], _person(row["user"]))
            _put(self.friends, row["friendId"], value, gone=row["status"] == 30)
        for row in answer["blacklist"]:
            newest = max(newest, row["timestamp"])
            value = _person(row["user"])
            _put(self.blacklist, row["friendId"], value, gone=not row["status"])
        for row in answer["groups"]:
            newest = max(newest, row["group"]["timestamp"])
            self._put_group(row)
        for row in answer["group_members"]:
            newest = max(newest, row["timestamp"])
            value = (row["role"], row["displayName"], _person(row["user"]))
            _put(self.members, (row["groupId"], row["memberId"]), value, gone=row["isDeleted"])
        # Every timestamp is at most the version, and the version is one of them.
        assert answer["version"] == (newest or None)
        self.version = answer["version"] or self.version

    def _put_group(self, row: dict[str, Any]) -> None:
        group_id = row["groupId"]
        value = (row["role"], row["displayName"], row["group"]["name"], row["group"]["portraitUri"])
        _put(self.groups, group_id, value, gone=row["isDeleted"])
        if row["isDeleted"]:
            self.members = {key: value for key, value in self.members.items() if key[0] != group_id}

    def tables(self) -> dict[str, Any]:
        return {
            "own": self.own,
            "friends": self.friends,
            "blacklist": self.blacklist,
            "groups": self.groups,
            "members": self.members,
        }


def tables_of(user: User) -> dict[str, Any]:
    """The server's own view of what a device of `user` should hold, read without sync."""
    user = User.objects.get(pk=user.pk)
    friends = Friendship.objects.filter(user=user).exclude(status=30).select_related("friend")
    blocks = Block.objects.filter(user=user, is_active=True).select_related("blocked")
    mine = Membership.objects.filter(user=user, left_at=None, room__kind=Room.Kind.GROUP)
    rooms = {member.room_id: member.room for member in mine.select_related("room")}
    members = Membership.objects.filter(room__in=rooms, left_at=None).select_related("user")
    return {
        "own": _stored(user) if user.stamp else None,
        "friends": {
            row.friend.public_id: (row.status, row.display_name, _stored(row.friend))
            for row in friends
        },
        "blacklist": {row.blocked.public_id: _stored(row.blocked) for row in blocks},
        "groups": {
            rooms[row.room_id].public_id: (
                _role(row, rooms[row.room_id]),
                row.display_name,
                rooms[row.room_id].name,
                rooms[row.room_id].picture,
            )
            for row in mine
        },
        "members": {
            (rooms[row.room_id].public_id, row.user.public_id): (
                _role(row, rooms[row.room_id]),
                row.display_name,
                _stored(row.user),
            )
            for row in members
        },
    }


def _role(member: Membership, room: Room) -> int:
    return 0 if room.owner_id == member.user_id else 1


def _stored(user: User) -> tuple[str, str, str]:
    return user.public_id, user.name, user.portrait_url


def _person(wire: dict[str, Any]) -> tuple[str, str, str]:
    return wire["id"], wire["nickname"], wire["portraitUri"]


def _put(table: dict[Any, Any], key: Any, value: Any, *, gone: bool) -> None:
    if gone:
        table.pop(key, None)
    else:
        table[key] = value
