"""Chatroom dialect over HTTP: parameters anywhere, `{"res": text}` with status 200.

docs/dialects/chatroom.md describes the wire; clients compare the texts letter by letter.
The frames of its socket are in chatroom_frames.py.
"""

from typing import Any

from django.http import HttpResponse, JsonResponse
from rest_framework.exceptions import ParseError, PermissionDenied
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from rtcserver.errors import Kind
from rtcserver.schema import ChatroomSchema
from rtcserver.wire.base import Failure, StrictJSONParser, failure_from
from rtcserver.wire.chatroom_frames import UNSTORABLE

PREFIXES = ("/auth/", "/chatroom/")
TEXTS = {  # slug of a refusal -> what `res` says
    "invalid": "missing parameters",
    "parse_error": "missing parameters",
    "bad_request": "missing parameters",
    "unsupported_media_type": "missing parameters",
    "name_taken": "user exist",
    "registration_closed": "registration closed",
    "unknown_user": "user not exist",
    "wrong_password": "password wrong",
    "room_id_taken": "chatroom already exist",
    "room_not_found": "invalid room",
    "not_in_room": "user not exist",
    "room_full": "full room",
    "throttled": "too many requests",
    "too_many_rooms": "too many requests",
}


def answer(res: str, **more: Any) -> Response:
    return Response({"res": res, **more})


def refusal(failure: Failure) -> HttpResponse:
    """A refusal outside a view."""
    if known := TEXTS.get(failure.slug):
        return JsonResponse({"res": known}, headers=dict(failure.headers))
    status = failure.status or (404 if failure.kind is Kind.NOT_FOUND else 200)
    body = {"res": failure.slug.replace("_", " ")}
    return JsonResponse(body, status=status, headers=dict(failure.headers))


def exception_handler(exc: Exception, context: dict[str, Any]) -> HttpResponse | None:
    failure = failure_from(exc)
    return None if failure is None else refusal(failure)  # None: a bug of ours


class ChatroomView(APIView):
    """Base of every call: parameters from the query, from a form or from a JSON object."""

    authentication_classes = []
    permission_classes = []
    parser_classes = [StrictJSONParser, FormParser, MultiPartParser]
    renderer_classes = [JSONRenderer]
    http_method_names = ["get", "post", "options"]  # no HEAD: a GET may change something
    schema: Any = ChatroomSchema()
    parameters: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()  # of these

    def get(self, request: Request) -> Response:
        if request.META.get("HTTP_SEC_FETCH_DEST", "empty") not in ("empty", "document"):
            raise PermissionDenied  # a picture's address in a page may not act for its reader
        return self.act(request.query_params.dict())

    def post(self, request: Request) -> Response:
        body = request.data
        if not isinstance(body, dict):
            raise ParseError
        sent = body.dict() if hasattr(body, "dict") else body
        return self.act({**request.query_params.dict(), **sent})

    def act(self, sent: dict[str, Any]) -> Response:
        raise NotImplementedError

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        return super().perform_content_negotiation(request, force=True)  # JSON whatever is asked

    def get_exception_handler(self) -> Any:
        return exception_handler

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "no-referrer"  # queries carry passwords
        return response


def text(sent: dict[str, Any], name: str, most: int = 256) -> str:
    """A parameter that must be there; raises ParseError if it is missing, empty or unusable."""
    value = sent.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not 0 < len(value) <= most or UNSTORABLE.search(value):
        raise ParseError
    return value
