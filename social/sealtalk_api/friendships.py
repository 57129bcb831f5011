"""`/friendship/*`."""

from typing import Any, ClassVar

from django.db.models import Exists, F, OuterRef
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from rtcserver.dates import iso_date, moment_of_stamp
from rtcserver.wire.fields import Text
from rtcserver.wire.sealtalk import known_id, ok, shown_text
from social import services
from social.errors import NotFriends
from social.models import Friendship
from social.sealtalk_api.base import (
    MESSAGE_LENGTH,
    NAME_LENGTH,
    ContactShape,
    Id,
    SocialView,
    TextOrNull,
    described,
    name,
    person,
)

ACTIONS = {
    services.Invited.SENT: "Sent",
    services.Invited.ADDED: "Added",
    services.Invited.NONE: "None",
}


class FriendForm(serializers.Serializer):
    friendId = Id(source="friend_id")


class InviteForm(FriendForm):
    message = Text(min_length=1, max_length=MESSAGE_LENGTH)


class FriendNameForm(FriendForm):
    displayName = TextOrNull(source="display_name", max_length=NAME_LENGTH)


class ActionShape(serializers.Serializer):
    action = serializers.ChoiceField(["Sent", "Added", "None"])


class FriendShape(serializers.Serializer):
    displayName = serializers.CharField()
    message = serializers.CharField()
    status = serializers.IntegerField()
    updatedAt = serializers.DateTimeField()
    user = ContactShape()


class ProfileShape(serializers.Serializer):
    displayName = serializers.CharField()
    user = ContactShape()


class Invite(SocialView):
    @described("invite", "Ask someone to be friends", request=InviteForm, result=ActionShape())
    def post(self, request: Request) -> Response:
        given = self.parsed(InviteForm)
        outcome = services.invite_friend(actor=self.actor, user=self.person, **given)
        return ok({"action": ACTIONS[outcome]})


class Agree(SocialView):
    @described("agree", "Agree to a request", request=FriendForm)
    def post(self, request: Request) -> Response:
        given = self.parsed(FriendForm)
        services.accept_friend(actor=self.actor, user=self.person, **given)
        return ok()


class Ignore(SocialView):
    @described("ignore", "Leave a request unanswered", request=FriendForm)
    def post(self, request: Request) -> Response:
        given = self.parsed(FriendForm)
        services.ignore_friend(actor=self.actor, user=self.person, **given)
        return ok()


class Delete(SocialView):
    @described("delete_friend", "Take a friend off one's list", request=FriendForm)
    def post(self, request: Request) -> Response:
        given = self.parsed(FriendForm)
        services.delete_friend(actor=self.actor, user=self.person, **given)
        return ok()


class SetDisplayName(SocialView):
    @described("name_friend", "Name a friend for oneself", request=FriendNameForm)
    def post(self, request: Request) -> Response:
        given = self.parsed(FriendNameForm)
        services.set_friend_name(actor=self.actor, user=self.person, **given)
        return ok()


class All(SocialView):
    @described("friends", "Friendships in all states", result=FriendShape(many=True))
    def get(self, request: Request) -> Response:
        rows = _with_friend(Friendship.objects.filter(user=self.person))
        return ok([_friendship(row) for row in rows.iterator()])


class Profile(SocialView):
    statuses: ClassVar = {"not_friends": 403}

    @described("friend_profile", "One friend", result=ProfileShape())
    def get(self, request: Request, friend_id: str) -> Response:
        mine = Friendship.objects.agreed().filter(user=self.person)
        row = _with_friend(mine.filter(friend__public_id=known_id(friend_id))).first()
        if row is None:
            raise NotFriends("Current user is not friend of the user.")
        return ok({"displayName": name(row["display_name"]), "user": _contact(row)})


def _with_friend(rows: Any) -> Any:
    """`values()` of friendships with their friend; `is_mutual` once both sides agreed."""
    there = Friendship.objects.agreed().filter(user=OuterRef("friend"), friend=OuterRef("user"))
    return rows.values(
        "display_name",
        "message",
        "status",
        "stamp",
        person_id=F("friend__public_id"),
        person_name=F("friend__name"),
        person_portrait=F("friend__portrait_url"),
        region=F("friend__region"),
        phone=F("friend__phone"),
        is_mutual=Exists(there),
    )


def _friendship(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "displayName": name(row["display_name"]),
        "message": shown_text(row["message"], MESSAGE_LENGTH),
        "status": row["status"],
        "updatedAt": iso_date(moment_of_stamp(row["stamp"])),
        "user": _contact(row),
    }


def _contact(row: dict[str, Any]) -> dict[str, Any]:
    # An invitation alone must not show anybody's phone number.
    shown = row["status"] == Friendship.Status.AGREED and row["is_mutual"]
    region, phone = (row["region"], row["phone"] or "") if shown else ("", "")
    return {**person(row), "region": region, "phone": phone}
