"""Names, types and limits of `/v1/rooms/:id/messages` and `/v1/sessions/:id/messages`."""

from typing import Any

from rest_framework import serializers

from chat.entries import shown_key
from chat.models import Message
from chat.services.bodies import MAX_CLIENT_ID
from rtcserver.dates import http_date
from rtcserver.wire.fields import Text

MAX_LIMIT = 200
MAX_NUMBER = 2**63 - 1


class MessageQuery(serializers.Serializer):
    """The latest ones, or those before or after a number; more than 200 count as 200."""

    before = serializers.IntegerField(min_value=0, max_value=MAX_NUMBER, required=False)
    after = serializers.IntegerField(min_value=0, max_value=MAX_NUMBER, required=False)
    limit = serializers.IntegerField(min_value=1, default=50)

    def validate_limit(self, limit: int) -> int:
        return min(limit, MAX_LIMIT)

    def validate(self, query: dict[str, Any]) -> dict[str, Any]:
        if "before" in query and "after" in query:
            raise serializers.ValidationError("Give either `before` or `after`.")
        return query


class MessageRequest(serializers.Serializer):
    body = serializers.JSONField(help_text="A text, or what the type has.")
    type = Text(max_length=32, default="text")
    client_id = Text(
        max_length=MAX_CLIENT_ID,
        min_length=1,
        required=False,
        help_text="A retry under the same id is answered with the first message.",
    )
    sender_name = Text(
        max_length=256, required=False, help_text="Of a system message; empty: nobody."
    )


class RoomMessageRequest(MessageRequest):
    member_id = Text(
        max_length=16,
        required=False,
        help_text="Somebody in the room, who says it; without one it is a system message.",
    )


class SessionMessageRequest(MessageRequest):
    participant_id = serializers.UUIDField(
        required=False,
        help_text="The participant who says it; without one it is a system message.",
    )


class PostedSerializer(serializers.Serializer):
    number = serializers.IntegerField()
    sent_time = serializers.CharField()


class MessageSerializer(PostedSerializer):
    kind = serializers.ChoiceField(Message.Kind.choices)
    target = serializers.IntegerField(
        allow_null=True, help_text="The number of the message that this entry tells a change of."
    )
    sender_id = serializers.CharField(help_text="`person:<id>`, `participant:<peer id>`, `system`.")
    sender_name = serializers.CharField()
    sender_picture = serializers.CharField()
    client_id = serializers.CharField(allow_null=True)
    type = serializers.CharField()
    body = serializers.JSONField(allow_null=True, help_text="null once the message was removed.")
    edited_time = serializers.CharField(allow_null=True)
    removed_time = serializers.CharField(allow_null=True)

    def to_representation(self, message: Message) -> dict[str, Any]:
        edited_at, removed_at = message.edited_at, message.removed_at
        return {
            "number": message.seq,
            "sent_time": http_date(message.created_at),
            "kind": message.kind,
            "target": message.target_seq,
            "sender_id": shown_key(message.sender_key),
            "sender_name": message.sender_name,
            "sender_picture": message.sender_picture,
            "client_id": message.client_message_id,
            "type": message.type,
            "body": message.content,
            "edited_time": http_date(edited_at) if edited_at else None,
            "removed_time": http_date(removed_at) if removed_at else None,
        }


class MessagePage(serializers.Serializer):
    content = MessageSerializer(many=True)
    page_size = serializers.IntegerField(help_text="Number of entries in this page.")
    more = serializers.BooleanField(help_text="Whether there are more in the direction asked for.")
