"""Coviu dialect: bearer tokens, plain REST, `{"error": {"code", "message"}}` on failure (A.7)."""

from typing import Any, ClassVar

from django.http import HttpResponse, JsonResponse
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.serializers import BooleanField, Serializer

from rtcserver.errors import Kind
from rtcserver.events import Actor
from rtcserver.wire.base import Failure, HasScopes, StrictJSONParser, failure_from
from rtcserver.wire.forms import read
from rtcserver.wire.limited import LimitedView

STATUS = {
    Kind.INVALID: 400,
    Kind.CONFLICT: 400,  # Coviu knows no 409: a refused state change is a bad request
    Kind.UNAUTHENTICATED: 401,
    Kind.GONE: 401,  # cancelled: "the session is not gone, you just can't see it"
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.LIMITED: 429,
}


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    failure = failure_from(exc)
    if failure is None:
        return None  # a bug: let it reach handler500 and the error tracker
    body, status = body_and_status(failure)
    return Response(body, status=status, headers=failure.headers)


def body_and_status(failure: Failure) -> tuple[dict[str, Any], int]:
    body = {"error": {"code": failure.slug, "message": failure.message}}
    return body, failure.status or STATUS[failure.kind]


def refusal(failure: Failure) -> HttpResponse:
    """The same answer outside a view."""
    body, status = body_and_status(failure)
    return JsonResponse(body, status=status, headers=dict(failure.headers))


class Ok(Serializer):
    ok = BooleanField()


class CoviuView(LimitedView):
    """Base of every view that speaks Coviu; list it before a generic view or viewset."""

    permission_classes = [HasScopes]
    parser_classes = [StrictJSONParser]
    renderer_classes = [JSONRenderer]

    required_scopes: ClassVar[list[str]] = []

    @property
    def grant(self) -> Any:
        """What the bearer token of the request gives (`accounts.authentication.BearerGrant`)."""
        return self.request.auth

    @property
    def actor(self) -> Actor:
        """The API client, as the event log names it."""
        return Actor("api_client", self.grant.api_key, "coviu")

    def parsed(self, form: type[Serializer]) -> dict[str, Any]:
        """The body checked and read by `form`; raises what the dialect renders."""
        return read(form, self.request.data)

    def options_of(self, form: type[Serializer]) -> dict[str, Any]:
        """The query checked and read by `form`."""
        return read(form, self.request.query_params.dict())

    def get_exception_handler(self) -> Any:
        return exception_handler
