"""`/misc/*`: the square of newcomers, and sending a message for a person."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import Count, Q
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.models import Room
from rtcserver.errors import Kind
from rtcserver.wire.base import Failure
from rtcserver.wire.fields import Text
from rtcserver.wire.sealtalk import OpenView, ok, refusal
from social import services
from social.errors import NotFriends
from social.models.groups import MAX_MEMBERS
from social.sealtalk_api.base import Id, SocialView, described, name, portrait


class SquareShape(serializers.Serializer):
    type = serializers.ChoiceField(["group", "chatroom"])
    id = serializers.CharField()
    name = serializers.CharField()
    portraitUri = serializers.CharField()
    memberCount = serializers.IntegerField()
    maxMemberCount = serializers.IntegerField()


class MessageForm(serializers.Serializer):
    conversationType = Text(max_length=32)
    targetId = Id()
    objectName = Text(max_length=64)
    content = Text(max_length=65_536)
    pushContent = Text(max_length=1024, required=False)


class DemoSquare(OpenView):
    @described("demo_square", "Groups and rooms for newcomers", result=SquareShape(many=True))
    def get(self, request: Request) -> Response:
        chosen = [entry.partition(":")[::2] for entry in settings.DEMO_SQUARE]
        rooms = _rooms_of(chosen)
        return ok([_square(kind, id_, rooms.get((kind, id_))) for kind, id_ in chosen])


class SendMessage(SocialView):
    """Who may write to whom is settled here; nothing carries messages yet, and it says so."""

    @described("send_message", "Send a message for oneself", request=MessageForm)
    def post(self, request: Request) -> HttpResponse:
        given = self.parsed(MessageForm)
        match given["conversationType"]:
            case "PRIVATE":
                services.require_friend(user=self.person, friend_id=given["targetId"])
            case "GROUP":
                services.require_own_group(user=self.person, group_id=given["targetId"])
            case _:
                raise NotFriends("Unsupported conversation type.")
        closed = Failure(Kind.LIMITED, "unavailable", "Messages are not carried yet.", status=503)
        return refusal(closed)


def _rooms_of(chosen: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Any]:
    ids = {kind: [id_ for given, id_ in chosen if given == kind] for kind in ("group", "chatroom")}
    rooms = Room.across_teams.open().filter(
        Q(kind=Room.Kind.GROUP, public_id__in=ids["group"])
        | Q(kind=Room.Kind.CHAT, key__in=ids["chatroom"])
    )
    counted = rooms.annotate(present=Count("memberships", filter=Q(memberships__left_at=None)))
    return {_place(room): room for room in counted}


def _place(room: Room) -> tuple[str, str]:
    if room.kind == Room.Kind.GROUP:
        return "group", room.public_id
    return "chatroom", room.key or ""


def _square(kind: str, id_: str, room: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "id": id_,
        "name": name(str(room)) if room else "Unknown",
        "portraitUri": portrait(room.picture) if room else "",
        "memberCount": room.present if room else 0,
        "maxMemberCount": MAX_MEMBERS,
    }
