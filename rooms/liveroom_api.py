"""`/base/v1/rooms` in the LiveRoom dialect. Rules: docs/dialects/liveroom-rooms.md."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from limits import parse
from rest_framework import serializers

from accounts.liveroom_auth import LiveRoomUserView
from rooms.errors import TooManyRooms
from rooms.models import Membership, Room
from rooms.reading import live_room, members_inside, visible_rooms
from rooms.services import live
from rooms.services.steps import described, wire_id
from rtcserver.wire.base import client_address
from rtcserver.wire.fields import Text
from rtcserver.wire.liveroom import Moment, Number, UserParameters, moment, ok
from rtcserver.wire.throttles import hit, wait_seconds

OPENED = parse("60/minute")  # rooms and reserved ids, for each address
MAX_ID, MAX_SHORT, MAX_TEXT, MAX_LONG = 64, 32, 64, 512  # characters
MAX_ROWS, DEFAULT_ROWS = 100, 10
MAX_OFFSET = 10**9


class RoomId(Text):
    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=MAX_ID, **options)


class RoomFacts(serializers.Serializer):
    roomId = serializers.CharField()
    title = serializers.CharField()
    category = serializers.CharField()
    cover = serializers.CharField()
    subject = serializers.CharField()
    description = serializers.CharField()


class ListedRoom(RoomFacts):
    ownBy = serializers.CharField(allow_null=True)
    createUtc = serializers.CharField()
    updateUtc = serializers.CharField()


class DetailedRoom(ListedRoom):
    removed = serializers.IntegerField(help_text="Always 0.")
    createBy = serializers.CharField(allow_null=True)
    updateBy = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(choices=["visible", "hidden"])
    nnUsers = serializers.IntegerField()


class OneRoomParameters(UserParameters):
    roomId = RoomId(source="room_id")


class GenerateRoomIdParameters(UserParameters):
    category = Text(max_length=MAX_SHORT, required=False)
    title = Text(max_length=MAX_TEXT, required=False)


class GenerateRoomIdAnswer(serializers.Serializer):
    roomId = serializers.CharField()


class GenerateRoomId(LiveRoomUserView):
    """Hand out a room id; nothing can be seen of it until somebody enters."""

    missing_code = range_code = 2000
    Parameters = GenerateRoomIdParameters
    Answer = GenerateRoomIdAnswer

    def act(self, given: dict[str, Any]) -> HttpResponse:
        if wait := hit(OPENED, "rooms", client_address(self.request)):
            text = "Too many room ids were asked for from here; wait a little."
            raise TooManyRooms(text, wait=wait)
        return ok({"roomId": live.reserve_room_id(self.user, **given)})


class EnterRoomParameters(UserParameters):
    appId = Text(source="app_id", max_length=MAX_SHORT)
    roomId = RoomId(source="room_id", required=False)
    role = Text(max_length=MAX_SHORT, required=False)
    category = Text(max_length=MAX_SHORT, required=False)
    title = Text(max_length=MAX_TEXT, required=False)


class EnterRoomAnswer(serializers.Serializer):
    roomId = serializers.CharField()
    role = serializers.CharField(allow_null=True)


class EnterRoom(LiveRoomUserView):
    """Come into a room; an unknown id, or none, opens one."""

    missing_code = range_code = 2000
    Parameters = EnterRoomParameters
    Answer = EnterRoomAnswer

    def act(self, given: dict[str, Any]) -> HttpResponse:
        address = client_address(self.request)
        may_open = wait_seconds(OPENED, "rooms", address) is None
        entered = live.enter_room(self.user, actor=self.actor, may_open=may_open, **given)
        if entered.opened:
            hit(OPENED, "rooms", address)
        return ok({"roomId": entered.room.key, "role": entered.role or None})


class RoomDetail(LiveRoomUserView):
    """One room, also while its host is silent."""

    missing_code = range_code = 2002
    Parameters = OneRoomParameters
    Answer = DetailedRoom

    def act(self, given: dict[str, Any]) -> HttpResponse:
        room: Any = live_room(given["room_id"])
        return ok(
            in_list(room)
            | {
                "removed": 0,
                "createBy": wire_id(room.live.created_by),
                "updateBy": wire_id(room.live.updated_by),
                "status": room.state_at(timezone.now()).value,
                "nnUsers": room.heads,
            }
        )


class QueryRoomParameters(UserParameters):
    appId = Text(source="app_id", max_length=MAX_SHORT)
    category = Text(max_length=MAX_SHORT, required=False)
    roomIds = serializers.ListField(
        source="room_ids", child=RoomId(), max_length=MAX_ROWS, required=False
    )
    startUtc = Moment(source="start", required=False)
    endUtc = Moment(source="end", required=False)
    offset = Number(min_value=0, max_value=MAX_OFFSET, default=0)
    limit = Number(min_value=0, max_value=MAX_ROWS, default=DEFAULT_ROWS)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data.get("roomIds"), str):
            data = data | {"roomIds": [data["roomIds"]]}
        return super().to_internal_value(data)


class QueryRoom(LiveRoomUserView):
    """A page of the app's rooms whose hosts are there, newest first."""

    missing_code = range_code = 2002
    many = True
    Parameters = QueryRoomParameters
    Answer = ListedRoom

    def act(self, given: dict[str, Any]) -> HttpResponse:
        start, size = given.pop("offset"), given.pop("limit")
        return ok([in_list(room) for room in visible_rooms(**given)[start : start + size]])


class ListUsersParameters(UserParameters):
    roomId = RoomId(source="room_id")
    limit = Number(min_value=0, max_value=MAX_ROWS, default=DEFAULT_ROWS)


class ListUsersAnswer(serializers.Serializer):
    userId = serializers.CharField()
    apaasUserId = serializers.CharField()
    name = serializers.CharField()
    avatar = serializers.CharField()
    role = serializers.CharField(allow_null=True)


class ListUsers(LiveRoomUserView):
    """Who is in a room; nobody in a closed or unknown one."""

    missing_code = range_code = 2002
    many = True
    Parameters = ListUsersParameters
    Answer = ListUsersAnswer

    def act(self, given: dict[str, Any]) -> HttpResponse:
        return ok([in_room(member) for member in members_inside(**given)])


class LeaveRoom(LiveRoomUserView):
    """Go; whoever is not inside has gone already."""

    missing_code = range_code = 2003
    Parameters = OneRoomParameters

    def act(self, given: dict[str, Any]) -> HttpResponse:
        live.leave_room(self.user, given["room_id"], actor=self.actor)
        return ok()


class DestroyRoom(LiveRoomUserView):
    """End the caller's own room."""

    missing_code = range_code = 2001
    Parameters = OneRoomParameters

    def act(self, given: dict[str, Any]) -> HttpResponse:
        live.destroy_room(self.user, given["room_id"], actor=self.actor)
        return ok()


class UpdateRoomParameters(UserParameters):
    roomId = RoomId(source="room_id")
    role = Text(max_length=MAX_SHORT, required=False)
    category = Text(max_length=MAX_SHORT, required=False)
    title = Text(max_length=MAX_TEXT, required=False)
    cover = Text(max_length=MAX_LONG, required=False)
    subject = Text(max_length=MAX_TEXT, required=False)
    description = Text(max_length=MAX_LONG, required=False)


class UpdateRoom(LiveRoomUserView):
    """Change one's own room, and one's own role in any room."""

    missing_code = range_code = 2000
    Parameters = UpdateRoomParameters
    Answer = RoomFacts

    def act(self, given: dict[str, Any]) -> HttpResponse:
        room_id, role = given.pop("room_id"), given.pop("role", None)
        room = live.update_room(self.user, room_id, given, role=role, actor=self.actor)
        return ok(described(room))


def in_list(room: Room) -> dict[str, Any]:
    return described(room) | {
        "ownBy": wire_id(room.owner),
        "createUtc": moment(room.created_at),
        "updateUtc": moment(room.live.updated_at),
    }


def in_room(member: Membership) -> Mapping[str, Any]:
    user_id = wire_id(member.user)
    return {
        "userId": user_id,
        "apaasUserId": user_id,
        "name": member.user.name,
        "avatar": member.user.portrait_url,
        "role": member.role or None,
    }
