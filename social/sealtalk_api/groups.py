"""`/group/*`: what people do with groups."""

from typing import ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from rtcserver.wire.fields import Text
from rtcserver.wire.sealtalk import ok
from social import services
from social.sealtalk_api.base import (
    BULLETIN_LENGTH,
    NAME_LENGTH,
    Id,
    Ids,
    PortraitUri,
    SocialView,
    TextOrNull,
    described,
)


class GroupForm(serializers.Serializer):
    groupId = Id(source="group_id")


class CreateForm(serializers.Serializer):
    name = Text(min_length=2, max_length=NAME_LENGTH)
    memberIds = Ids(source="member_ids")


class MembersForm(GroupForm):
    memberIds = Ids(source="member_ids")


class TransferForm(GroupForm):
    userId = Id(source="heir_id")


class RenameForm(GroupForm):
    name = Text(min_length=2, max_length=NAME_LENGTH)


class BulletinForm(GroupForm):
    bulletin = TextOrNull(max_length=BULLETIN_LENGTH)


class GroupPortraitForm(GroupForm):
    portraitUri = PortraitUri(source="portrait_url")


class MemberNameForm(GroupForm):
    displayName = TextOrNull(source="display_name", max_length=NAME_LENGTH)


class GroupIdShape(serializers.Serializer):
    id = serializers.CharField()


class Create(SocialView):
    @described("create_group", "Found a group", request=CreateForm, result=GroupIdShape())
    def post(self, request: Request) -> Response:
        given = self.parsed(CreateForm)
        group = services.create_group(actor=self.actor, user=self.person, **given)
        return ok({"id": group.public_id})


class Add(SocialView):
    @described("add_members", "Take people into a group", request=MembersForm)
    def post(self, request: Request) -> Response:
        given = self.parsed(MembersForm)
        services.add_members(actor=self.actor, user=self.person, **given)
        return ok()


class Join(SocialView):
    @described("join_group", "Enter a group", request=GroupForm)
    def post(self, request: Request) -> Response:
        given = self.parsed(GroupForm)
        services.join_group(actor=self.actor, user=self.person, **given)
        return ok()


class Kick(SocialView):
    @described("kick_members", "Put people out of a group", request=MembersForm)
    def post(self, request: Request) -> Response:
        given = self.parsed(MembersForm)
        services.kick_members(actor=self.actor, user=self.person, **given)
        return ok()


class Quit(SocialView):
    @described("quit_group", "Leave a group", request=GroupForm)
    def post(self, request: Request) -> Response:
        given = self.parsed(GroupForm)
        services.quit_group(actor=self.actor, user=self.person, **given)
        return ok()


class CreatorsView(SocialView):
    """Only the creator may; to others the group is no valid argument."""

    statuses: ClassVar = {"unknown_group": 400, "not_creator": 400, "not_member": 400}


class Dismiss(CreatorsView):
    @described("dismiss_group", "End a group", request=GroupForm)
    def post(self, request: Request) -> Response:
        given = self.parsed(GroupForm)
        services.dismiss_group(actor=self.actor, user=self.person, **given)
        return ok()


class Transfer(CreatorsView):
    @described("transfer_group", "Make another the creator", request=TransferForm)
    def post(self, request: Request) -> Response:
        given = self.parsed(TransferForm)
        services.transfer_group(actor=self.actor, user=self.person, **given)
        return ok()


class Rename(CreatorsView):
    @described("rename_group", "Rename a group", request=RenameForm)
    def post(self, request: Request) -> Response:
        given = self.parsed(RenameForm)
        services.rename_group(actor=self.actor, user=self.person, **given)
        return ok()


class SetBulletin(CreatorsView):
    @described("set_bulletin", "Put up a bulletin", request=BulletinForm)
    def post(self, request: Request) -> Response:
        given = self.parsed(BulletinForm)
        services.set_bulletin(actor=self.actor, user=self.person, **given)
        return ok()


class SetPortrait(CreatorsView):
    @described("set_group_portrait", "Give a group a portrait", request=GroupPortraitForm)
    def post(self, request: Request) -> Response:
        given = self.parsed(GroupPortraitForm)
        services.set_group_portrait(actor=self.actor, user=self.person, **given)
        return ok()


class SetDisplayName(SocialView):
    statuses: ClassVar = {"not_member": 404}

    @described("name_oneself", "One's own name in a group", request=MemberNameForm)
    def post(self, request: Request) -> Response:
        given = self.parsed(MemberNameForm)
        services.set_member_name(actor=self.actor, user=self.person, **given)
        return ok()
