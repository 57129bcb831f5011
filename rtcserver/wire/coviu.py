"""Coviu dialect: bearer tokens, plain REST, `{"error": {"code", "message"}}` on failure (A.7)."""

from typing import Any

from oauth2_provider.contrib.rest_framework import TokenHasScope
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from rtcserver.errors import Kind
from rtcserver.wire.base import Failure, StrictJSONParser, failure_from
from rtcserver.wire.throttles import ClientThrottle

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


class CoviuView(APIView):
    """Base of every view that speaks Coviu; list it before a generic view or viewset."""

    permission_classes = [TokenHasScope]
    parser_classes = [StrictJSONParser]
    renderer_classes = [JSONRenderer]
    throttle_classes = [ClientThrottle]

    @property
    def access(self) -> Any:
        """The access token the request carries."""
        return self.request.auth

    @property
    def api_client(self) -> Any:
        """The API client that token was given to."""
        return self.access.application

    def get_exception_handler(self) -> Any:
        return exception_handler
