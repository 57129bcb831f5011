"""`POST /misc/send_message`: a message that a person sends over HTTP."""

import json
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from chat import services
from chat.errors import BadMessage
from chat.models import Conversation
from chat.services import Speaker
from rtcserver.wire.fields import Text
from rtcserver.wire.sealtalk import ok
from social.errors import NotFriends
from social.sealtalk_api.base import Id, SocialView, TextOrNull, described
from social.services import require_friend, require_own_group


class MessageForm(Serializer):
    conversationType = Text(max_length=32)
    targetId = Id()
    objectName = Text(max_length=64)
    content = Text(max_length=65_536, help_text="JSON text.")
    pushContent = TextOrNull(max_length=1024, required=False)


class SendMessage(SocialView):
    """To a friend or to a group of one's own; `pushContent` is for phones and not kept."""

    @described("send_message", "Send a message for oneself", request=MessageForm)
    def post(self, request: Request) -> Response:
        given = self.parsed(MessageForm)
        body = _json(given["content"])
        conversation = self.conversation(given["conversationType"], given["targetId"])
        services.post(
            conversation_id=conversation.pk,
            speaker=Speaker.person(self.person),
            body=body,
            type=given["objectName"],
        )
        return ok()

    def conversation(self, kind: str, target_id: str) -> Conversation:
        match kind:
            case "PRIVATE":
                friend = require_friend(user=self.person, friend_id=target_id)
                return services.conversation_of_pair(self.person, friend)
            case "GROUP":
                group = require_own_group(user=self.person, group_id=target_id)
                return services.conversation_of_room(group)
        raise NotFriends("Unsupported conversation type.")


def _json(content: str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise BadMessage("The content is not JSON.") from None
