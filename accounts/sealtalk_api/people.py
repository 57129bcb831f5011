"""People: one's own profile, and looking others up."""

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound, Throttled
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import services
from accounts.models import User
from accounts.sealtalk_api import forms
from accounts.sealtalk_api.entry import LOOKUPS, TAG
from rtcserver.wire.cookies import clear_cookie
from rtcserver.wire.sealtalk import SealTalkView, known_id, ok
from rtcserver.wire.throttles import hit

MOST_IN_BATCH = 500


class SetNickname(SealTalkView):
    @extend_schema(
        operation_id="sealtalk_set_nickname",
        tags=[TAG],
        request=forms.NicknameForm,
        responses=forms.Done,
    )
    def post(self, request: Request) -> Response:
        """Change the own nickname; friends' devices sync it."""
        name = self.parsed(forms.NicknameForm)["nickname"]
        services.set_name(self.person, name, actor=self.actor)
        return ok()


class SetPortrait(SealTalkView):
    @extend_schema(
        operation_id="sealtalk_set_portrait_uri",
        tags=[TAG],
        request=forms.PortraitForm,
        responses=forms.Done,
    )
    def post(self, request: Request) -> Response:
        """Change the own portrait; friends' devices sync it."""
        url = self.parsed(forms.PortraitForm)["portraitUri"]
        services.set_portrait(self.person, url, actor=self.actor)
        return ok()


class DeleteAccount(SealTalkView):
    @extend_schema(
        operation_id="sealtalk_delete_user",
        tags=[TAG],
        request=forms.DeleteForm,
        responses=forms.Done,
    )
    def post(self, request: Request) -> Response:
        """Remove the own account for good; needs the password."""
        password = self.parsed(forms.DeleteForm)["password"]
        services.remove_user(self.person, password=password, actor=self.actor, address=self.address)
        answer = ok()
        clear_cookie(answer)
        return answer


class Batch(SealTalkView):
    @extend_schema(
        operation_id="sealtalk_get_users",
        tags=[TAG],
        parameters=[
            OpenApiParameter("id", str, many=True, description="Repeated; at most 500 count.")
        ],
        responses=forms.PeopleAnswer,
    )
    def get(self, request: Request) -> Response:
        """Several people at once; unknown ids are left out."""
        ids = {known_id(id_) for id_ in request.query_params.getlist("id")[:MOST_IN_BATCH]}
        people = User.objects.known().filter(public_id__in=ids) if ids else []
        return ok([forms.shown_person(person) for person in people])


class OnePerson(SealTalkView):
    @extend_schema(operation_id="sealtalk_get_user", tags=[TAG], responses=forms.PersonAnswer)
    def get(self, request: Request, user_id: str) -> Response:
        """One person by id."""
        person = User.objects.known().filter(public_id=known_id(user_id)).first()
        if person is None:
            raise NotFound("Unknown user.")
        return ok(forms.shown_person(person))


class FindByPhone(SealTalkView):
    @extend_schema(operation_id="sealtalk_find_user", tags=[TAG], responses=forms.PersonAnswer)
    def get(self, request: Request, region: str, phone: str) -> Response:
        """One person by phone; slowed down, because it tells who is registered."""
        if wait := hit(LOOKUPS, "find", self.person.public_id):
            raise Throttled(wait)
        person = services.find_by_phone(region=region, phone=phone)
        if person is None:
            raise NotFound("Unknown user.")
        return ok(forms.shown_person(person))


class UploadContacts(SealTalkView):
    @extend_schema(exclude=True)
    def post(self, request: Request) -> Response:
        """The original has the path and always answers 404."""
        raise Http404
