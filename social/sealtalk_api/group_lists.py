"""Reading groups: `GET /group/:id`, its members, and `GET /user/groups`."""

from typing import Any

from django.db.models import F, Q
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from rooms.models import Membership, Room
from rtcserver.dates import iso_date, moment_of_stamp
from rtcserver.wire.sealtalk import known_id, ok, shown_text
from social.errors import NotMember, UnknownGroup
from social.models import Group
from social.sealtalk_api.base import (
    BULLETIN_LENGTH,
    Lookups,
    PersonShape,
    SocialView,
    described,
    name,
    person,
    portrait,
)

FACTS = {
    "group_id": F("room__public_id"),
    "name": F("room__name"),
    "picture": F("room__picture"),
    "creator_id": F("room__owner__public_id"),
}


class ShortGroupShape(serializers.Serializer):
    id = serializers.CharField()
    name = serializers.CharField()
    portraitUri = serializers.CharField()
    memberCount = serializers.IntegerField()
    maxMemberCount = serializers.IntegerField()
    creatorId = serializers.CharField(allow_null=True)


class GroupShape(ShortGroupShape):
    bulletin = serializers.CharField(allow_null=True)
    deletedAt = serializers.DateTimeField(allow_null=True)


class OwnGroupShape(serializers.Serializer):
    role = serializers.IntegerField()
    group = ShortGroupShape()


class MemberShape(serializers.Serializer):
    displayName = serializers.CharField()
    role = serializers.IntegerField()
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()
    user = PersonShape()


class OwnGroups(SocialView):
    @described("own_groups", "Groups one is in", result=OwnGroupShape(many=True))
    def get(self, request: Request) -> Response:
        mine = (
            Membership.objects.present()
            .filter(user=self.person, room__kind=Room.Kind.GROUP)
            .order_by("joined_at", "id")
        )
        rows = mine.values(
            **FACTS,
            member_count=F("room__group__member_count"),
            max_members=F("room__group__max_members"),
            is_creator=Q(room__owner=F("user")),
        )
        return ok(
            [
                {"role": 0 if row["is_creator"] else 1, "group": short_group(row)}
                for row in rows.iterator()
            ]
        )


class OneGroup(SocialView):
    throttle_classes = [Lookups]

    @described("group", "A group, also a dismissed one", result=GroupShape())
    def get(self, request: Request, group_id: str) -> Response:
        groups = Group.objects.filter(room__public_id=known_id(group_id))
        row = groups.values(
            "member_count", "max_members", "bulletin", **FACTS, closed_at=F("room__closed_at")
        ).first()
        if row is None:
            raise UnknownGroup("Unknown group.")
        bulletin, closed_at = row["bulletin"], row["closed_at"]
        return ok(
            {
                **short_group(row),
                "bulletin": None if bulletin is None else shown_text(bulletin, BULLETIN_LENGTH),
                "deletedAt": closed_at and iso_date(closed_at),
            }
        )


class Members(SocialView):
    @described("members", "Members of a group one is in", result=MemberShape(many=True))
    def get(self, request: Request, group_id: str) -> Response:
        present = Membership.objects.present().filter(
            room__kind=Room.Kind.GROUP, room__public_id=known_id(group_id)
        )
        rows = present.order_by("joined_at", "id").values(
            "display_name",
            "joined_at",
            "stamp",
            "user_id",
            person_id=F("user__public_id"),
            person_name=F("user__name"),
            person_portrait=F("user__portrait_url"),
            owner_id=F("room__owner_id"),
        )
        members = sorted(rows, key=lambda row: row["user_id"] != row["owner_id"])  # creator first
        if not members:
            raise UnknownGroup("Unknown group.")
        if all(row["user_id"] != self.person.pk for row in members):
            raise NotMember("Only group member can get group member info.")
        return ok([_member(row) for row in members])


def short_group(row: Any) -> dict[str, Any]:
    return {
        "id": row["group_id"],
        "name": name(row["name"]),
        "portraitUri": portrait(row["picture"]),
        "memberCount": row["member_count"],
        "maxMemberCount": row["max_members"],
        "creatorId": row["creator_id"],
    }


def _member(row: Any) -> dict[str, Any]:
    return {
        "displayName": name(row["display_name"]),
        "role": 0 if row["user_id"] == row["owner_id"] else 1,
        "createdAt": iso_date(row["joined_at"]),
        "updatedAt": iso_date(moment_of_stamp(row["stamp"])),
        "user": person(row),
    }
