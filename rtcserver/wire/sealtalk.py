"""SealTalk dialect: `{"code", "result"}` in HTTP 200, plain text otherwise, one login cookie.

Paths, bodies and answers as docs/dialects/sealtalk.md describes them.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import IO, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions as drf
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from rtcserver.errors import Kind
from rtcserver.events import Actor
from rtcserver.wire.base import Failure, StrictJSONParser, client_address, failure_from
from rtcserver.wire.cookies import FromOurPages
from rtcserver.wire.forms import read

PREFIXES = ("/user/", "/friendship/", "/group/", "/misc/")
NOBODY = "-"  # stands for a malformed id: well-formed ids have letters and digits only

# Refusals that HTTP 200 carries as a business code; all others are a status with a text.
CODES = {
    "wrong_code": 1000,
    "wrong_password": 1000,
    "too_many_groups": 1000,
    "code_expired": 2000,
    "codes_limited": 5000,
}
STATUS = {
    Kind.INVALID: 400,
    Kind.CONFLICT: 400,
    Kind.UNAUTHENTICATED: 403,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.GONE: 404,
    Kind.LIMITED: 429,
}
# HTTP's own refusals, in the few statuses that the clients know.
_STATUS_OF_HTTP = {405: 404, 406: 400, 408: 400, 413: 400, 415: 400}
_MAY_BE_EMPTY = {"displayName", "pushContent", "bulletin"}
_ID = re.compile(r"[0-9A-Za-z]{1,64}")
_COMMENT = re.compile(r"<!--(?:.*?-->|.*)", re.DOTALL)


# --- Answers ------------------------------------------------------------------------------------


def ok(result: Any = None) -> Response:
    """HTTP 200 with code 200; a result that is None is left out."""
    return Response({"code": 200} if result is None else {"code": 200, "result": result})


def refusal(failure: Failure) -> HttpResponse:
    """A business code in HTTP 200, or a status with a line of text."""
    if code := CODES.get(failure.slug):
        body = JSON().render({"code": code})
        return HttpResponse(body, content_type="application/json; charset=utf-8")
    status = _STATUS_OF_HTTP.get(failure.status or 0, failure.status) or STATUS[failure.kind]
    return HttpResponse(
        escape(
            failure.message, quote=False
        ),  # the type is HTML and the text may repeat what was sent
        status=status,
        content_type="text/html; charset=utf-8",
        headers=dict(failure.headers),
    )


def exception_handler(exc: Exception, context: dict[str, Any]) -> HttpResponse | None:
    if isinstance(exc, drf.MethodNotAllowed):  # a path has one method here; the rest are no paths
        exc = drf.NotFound("No such path.")
    failure = failure_from(exc)
    return None if failure is None else refusal(failure)  # None: a bug of ours


def shown_text(text: str, limit: int) -> str:
    """User text as this dialect's web client may insert it: no markup, at most `limit` long.

    Texts are stored as given, so every answer of this dialect passes them through here.
    """
    bare = _COMMENT.sub("", text)
    return bare.replace("<", "&lt;").replace(">", "&gt;")[:limit]


# --- Bodies -------------------------------------------------------------------------------------


def known_id(value: str) -> str:
    """`value` if an id can look like that, else the id of nobody."""
    return value if _ID.fullmatch(value) else NOBODY


def prepared(body: Mapping[str, Any]) -> dict[str, Any]:
    """Apply what holds for every body: ids decoded, then nothing empty, in the given order.

    Raises:
        ParseError: `Empty <name>.` for "", null or [] (and for an id that is no string).
    """
    ready = {}
    for name, value in body.items():
        if name.endswith(("Id", "Ids")):
            value = [_decoded(id_) for id_ in value] if isinstance(value, list) else _decoded(value)
        if name not in _MAY_BE_EMPTY and (value is None or value in ("", [])):
            raise drf.ParseError(f"Empty {name[:64]}.")
        ready[name] = value
    return ready


def _decoded(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    return known_id(value) if value else ""


class Parser(StrictJSONParser):
    """A JSON object, prepared as above."""

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None
    ) -> dict[str, Any]:
        body = super().parse(stream, media_type, parser_context)
        if not isinstance(body, dict):
            raise drf.ParseError("The body must be a JSON object.")
        return prepared(body)


class JSON(JSONRenderer):
    charset = "utf-8"


class _OneFormat(BaseContentNegotiation):
    """The Accept header decides nothing; bodies must say they are JSON."""

    def select_parser(self, request: Request, parsers: Iterable[Any]) -> Any:
        given = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == given), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[Any], format_suffix: str | None = None
    ) -> tuple[Any, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


# --- Views --------------------------------------------------------------------------------------


class LoggedIn(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        if request.user is None:
            raise drf.NotAuthenticated("Not loged in.")  # the wire's spelling
        return True


class OpenView(APIView):
    """Base of the views that need no login; a login that is there is known all the same."""

    parser_classes = [Parser]
    renderer_classes = [JSON]
    permission_classes: list[type[BasePermission]] = [FromOurPages]
    content_negotiation_class = _OneFormat

    def get_authenticators(self) -> list[BaseAuthentication]:
        return [import_string(settings.LOGIN_AUTHENTICATION)()]

    def get_exception_handler(self) -> Callable[..., HttpResponse | None]:
        return exception_handler

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer["Cache-Control"] = "private"
        return answer

    def parsed(self, form: type[serializers.Serializer], data: Any = None) -> dict[str, Any]:
        """The body (or `data`) checked and read by `form`, which has the names of the wire."""
        return read(form, self.request.data if data is None else data)

    @property
    def address(self) -> str:
        return client_address(self.request)


class SealTalkView(OpenView):
    """Base of the views that need a login; without one the answer is 403 `Not loged in.`"""

    permission_classes = [FromOurPages, LoggedIn]

    @property
    def person(self) -> Any:
        """The `accounts.models.User` who is logged in."""
        return self.request.user

    @property
    def login(self) -> Any:
        """The `accounts.models.Login` that the cookie stands for."""
        return self.request.auth

    @property
    def actor(self) -> Actor:
        return Actor("person", self.person.public_id, "sealtalk")


@extend_schema(exclude=True)
class UnknownPath(SealTalkView):
    """What no other path matched: 403 without login, 404 with."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise drf.NotFound("No such path.")


class Paths:
    """Middleware: `//` counts as `/` on this dialect's paths; its web client sends it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "//" in request.path_info:
            single = re.sub(r"/{2,}", "/", request.path_info)
            if single.startswith(PREFIXES):
                request.path_info = request.path = single
        return self.get_response(request)
