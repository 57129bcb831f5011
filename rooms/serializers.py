"""Names, types and limits of `/v1/rooms`."""

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from rooms.models import Membership
from rooms.states import RoomState
from rtcserver.dates import http_date
from rtcserver.wire.fields import Text
from rtcserver.wire.pages import AFTER, PageQuery

MAX_ID, MAX_SHORT, MAX_TEXT, MAX_LONG = 64, 32, 64, 512  # characters


class RoomChanges(serializers.Serializer):
    """A partial update: what is left out stays."""

    room_name = Text(source="title", max_length=MAX_TEXT, required=False)
    picture = Text(source="cover", max_length=MAX_LONG, required=False)
    category = Text(max_length=MAX_SHORT, required=False)
    subject = Text(max_length=MAX_TEXT, required=False)
    description = Text(max_length=MAX_LONG, required=False)
    app_id = Text(max_length=MAX_SHORT, required=False)


class RoomRequest(RoomChanges):
    live_id = Text(
        source="key",
        max_length=MAX_ID,
        min_length=1,
        required=False,
        help_text="The id under which LiveRoom clients enter; for the team of their rooms alone.",
    )


class RoomUpdate(RoomChanges):
    owner_id = Text(
        max_length=16, required=False, help_text="`member_id` of somebody who is in the room."
    )


class RoomQuery(PageQuery):
    state = serializers.ChoiceField(choices=RoomState.choices, required=False)
    category = Text(max_length=MAX_SHORT, required=False)
    order = serializers.ChoiceField(choices=["forward", "reverse", "backwards"], default="forward")
    after = Text(max_length=16, required=False, help_text=AFTER)


class RoomSerializer(serializers.Serializer):
    room_id = serializers.CharField()
    live_id = serializers.CharField(allow_null=True)
    room_name = serializers.CharField()
    picture = serializers.CharField()
    category = serializers.CharField()
    subject = serializers.CharField()
    description = serializers.CharField()
    app_id = serializers.CharField()
    owner_id = serializers.CharField(allow_null=True)
    state = serializers.ChoiceField(choices=RoomState.choices)
    member_count = serializers.IntegerField()
    created_time = serializers.CharField()
    closed_time = serializers.CharField(allow_null=True)

    def to_representation(self, room: Any) -> dict[str, Any]:
        return written(room)


class MemberSerializer(serializers.Serializer):
    member_id = serializers.CharField()
    display_name = serializers.CharField()
    picture = serializers.CharField()
    role = serializers.CharField()
    joined_time = serializers.CharField()

    def to_representation(self, member: Membership) -> dict[str, Any]:
        return {
            "member_id": member.user.public_id,
            "display_name": member.display_name or member.user.name,
            "picture": member.user.portrait_url,
            "role": member.role,
            "joined_time": http_date(member.joined_at),
        }


class Page(serializers.Serializer):
    page = serializers.IntegerField()
    page_size = serializers.IntegerField(help_text="Number of rows in this page.")
    more = serializers.BooleanField()


class RoomPage(Page):
    content = RoomSerializer(many=True)


class MemberPage(Page):
    content = MemberSerializer(many=True)


def written(room: Any) -> dict[str, Any]:
    """A room as its team sees it; `heads` was annotated, the host was joined."""
    state = room.state_at(timezone.now())
    live, closed_at = room.live, room.closed_at
    return {
        "room_id": room.public_id,
        "live_id": room.key,
        "room_name": room.name,
        "picture": room.picture,
        "category": room.category,
        "subject": live.subject,
        "description": live.description,
        "app_id": room.app_id,
        "owner_id": room.owner.public_id if room.owner else None,
        "state": state.value,
        "member_count": 0 if state is RoomState.CLOSED else room.heads,
        "created_time": http_date(room.created_at),
        "closed_time": http_date(closed_at) if closed_at else None,
    }
