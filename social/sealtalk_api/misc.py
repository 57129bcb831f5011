"""`/misc/demo_square`: what newcomers are shown."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import Count, Q
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.models import Room
from rtcserver.wire.sealtalk import OpenView, ok
from social.models.groups import MAX_MEMBERS
from social.sealtalk_api.base import described, name, portrait


class SquareShape(serializers.Serializer):
    type = serializers.ChoiceField(["group", "chatroom"])
    id = serializers.CharField()
    name = serializers.CharField()
    portraitUri = serializers.CharField()
    memberCount = serializers.IntegerField()
    maxMemberCount = serializers.IntegerField()


class DemoSquare(OpenView):
    @described("demo_square", "Groups and rooms for newcomers", result=SquareShape(many=True))
    def get(self, request: Request) -> Response:
        chosen = [entry.partition(":")[::2] for entry in settings.DEMO_SQUARE]
        rooms = _rooms_of(chosen)
        return ok([_square(kind, id_, rooms.get((kind, id_))) for kind, id_ in chosen])


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
