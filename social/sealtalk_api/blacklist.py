"""`/user/blacklist` and the two that change it."""

from django.db.models import F
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from rtcserver.dates import iso_date, moment_of_stamp
from rtcserver.wire.sealtalk import ok
from social import services
from social.models import Block
from social.sealtalk_api.base import PersonShape, SocialView, described, person
from social.sealtalk_api.friendships import FriendForm


class BlockedShape(serializers.Serializer):
    class DatedPerson(PersonShape):
        updatedAt = serializers.DateTimeField()

    user = DatedPerson()


class Blacklist(SocialView):
    @described("blacklist", "Whom one has blocked", result=BlockedShape(many=True))
    def get(self, request: Request) -> Response:
        rows = (
            Block.objects.active()
            .filter(user=self.person)
            .values(
                person_id=F("blocked__public_id"),
                person_name=F("blocked__name"),
                person_portrait=F("blocked__portrait_url"),
                changed=F("blocked__stamp"),
                created=F("blocked__created_at"),
            )
        )
        people = []
        for row in rows.iterator():
            moment = moment_of_stamp(row["changed"]) if row["changed"] else row["created"]
            people.append({"user": {**person(row), "updatedAt": iso_date(moment)}})
        return ok(people)


class AddToBlacklist(SocialView):
    @described("block", "Block someone", request=FriendForm)
    def post(self, request: Request) -> Response:
        given = self.parsed(FriendForm)
        services.block_person(actor=self.actor, user=self.person, **given)
        return ok()


class RemoveFromBlacklist(SocialView):
    @described("unblock", "Block someone no longer", request=FriendForm)
    def post(self, request: Request) -> Response:
        given = self.parsed(FriendForm)
        services.unblock_person(actor=self.actor, user=self.person, **given)
        return ok()
