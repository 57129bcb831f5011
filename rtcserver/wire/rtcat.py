"""RTCat dialect: two key headers, forms or JSON, flat errors of two texts (contract B).

The management API answers `{"error": "<code>", "description": "<text>"}`; its node SDK looks at
nothing else, so no success has an `error`. The open demo answers `{"error": "<code>: <text>"}`,
and for paths it has not, what its server's library says.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema_field
from limits import parse
from rest_framework import exceptions as drf
from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation, DefaultContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from rtcserver.dates import iso_date
from rtcserver.errors import DomainError, Kind
from rtcserver.events import Actor
from rtcserver.wire.base import (
    Failure,
    FormParser,
    HasScopes,
    StrictJSONParser,
    client_address,
    failure_from,
)
from rtcserver.wire.forms import read
from rtcserver.wire.limited import LimitedView
from rtcserver.wire.throttles import hit

VERSIONS = ("v0.4", "v0.3")
PREFIXES = tuple(f"/{version}/" for version in VERSIONS)
# `/<session id>/tokens` of the demo; first segments that other surfaces own are no ids.
TOKENS_OF_SESSION = re.compile(
    r"(?!(?:v1|v0\.\d|admin|session|sessions|tokens|static|media|user|friendship|group|misc|"
    r"base|prod|dev|local|test)/)(?P<session_id>[^/]+)/tokens"
)
LIMIT_HEADERS = "Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset"
KEY_HEADERS = "X-RTCAT-APIKEY, X-RTCAT-SECRET, Content-Type"
MAX_PAGE, PAGE_SIZE, MAX_PAGE_SIZE = 10**9, 25, 100

STATUS = {
    Kind.INVALID: 400,
    Kind.CONFLICT: 400,
    Kind.UNAUTHENTICATED: 403,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.GONE: 404,  # deleted: as if it had never been
    Kind.LIMITED: 429,
}


# --- Refusals -------------------------------------------------------------------------------------


def refusal(failure: Failure) -> HttpResponse:
    """The management API's answer, outside a view as well."""
    body = {"error": failure.slug, "description": failure.message}
    status = failure.status or STATUS[failure.kind]
    return JsonResponse(body, status=status, headers=dict(failure.headers))


def demo_refusal(failure: Failure) -> HttpResponse:
    """The demo's answer: 400 and a text, but for paths and methods it does not have."""
    if failure.slug == "not_found" and failure.status is None:
        body = {"code": "ResourceNotFound", "message": "There is no such path."}
        return JsonResponse(body, status=404)
    if failure.status == 405:
        body = {"code": "MethodNotAllowed", "message": "Only GET is allowed."}
        return JsonResponse(body, status=405, headers={"Allow": "GET"})
    body = {"error": f"{failure.slug}: {failure.message}"}
    status = failure.status if failure.status in (500, 503) else 400
    return JsonResponse(body, status=status, headers=dict(failure.headers))


def exception_handler(exc: Exception, context: dict[str, Any]) -> HttpResponse | None:
    failure = failure_from(exc)
    return None if failure is None else refusal(failure)  # None: a bug of ours


def demo_exception_handler(exc: Exception, context: dict[str, Any]) -> HttpResponse | None:
    failure = failure_from(exc)
    if failure is None:
        return None
    if failure.slug == "not_found" and isinstance(exc, DomainError):
        failure = Failure(failure.kind, "not_found", failure.message, status=400)
    return demo_refusal(failure)


# --- Parameters -----------------------------------------------------------------------------------


@extend_schema_field({"type": "boolean"})
class Flag(serializers.Field):
    """A JSON boolean, or the text of one: `true`, `false`, `1`, `0`."""

    default_error_messages = {"invalid": "Must be true or false."}

    def to_internal_value(self, data: Any) -> bool:
        text = str(data).lower() if isinstance(data, str | bool | int) else ""
        if text not in ("true", "false", "1", "0"):
            self.fail("invalid")
        return text in ("true", "1")


class Count(serializers.IntegerField):
    """Decimal digits, as a number or a text."""

    def to_internal_value(self, data: Any) -> int:
        is_number = isinstance(data, int) and not isinstance(data, bool)
        if not is_number and not (isinstance(data, str) and re.fullmatch(r"-?[0-9]{1,18}", data)):
            self.fail("invalid")
        return super().to_internal_value(data)


class PageQuery(serializers.Serializer):
    """`page` from 1; a `page_size` over 100 counts as 100."""

    page = Count(min_value=1, max_value=MAX_PAGE, default=1)
    page_size = Count(min_value=1, default=PAGE_SIZE)

    def validate_page_size(self, size: int) -> int:
        return min(size, MAX_PAGE_SIZE)


def given_once(sent: Any) -> dict[str, Any]:
    """The parameters of a body or a query, each given once.

    Raises:
        ParseError: The body is no object; a name is there twice.
    """
    if isinstance(sent, QueryDict):
        if any(len(values) > 1 for _name, values in sent.lists()):
            raise drf.ParseError("A parameter is given more than once.")
        return dict(sent.items())
    if not isinstance(sent, Mapping):
        raise drf.ParseError("The body must be an object.")
    return dict(sent)


# --- Answers --------------------------------------------------------------------------------------


@extend_schema_field({"type": "string", "example": "2016-03-04T05:21:53.445828Z"})
class Created(serializers.Field):
    """A time with six digits behind the second."""

    def to_representation(self, value: datetime) -> str:
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@extend_schema_field({"type": "string", "example": "2016-04-03T05:21:53.445Z"})
class Expiry(serializers.Field):
    """A time with three digits behind the second, cut off."""

    def to_representation(self, value: datetime) -> str:
        return iso_date(value)


def rows_of(query: Mapping[str, int]) -> slice:
    """The rows to read for a page, and one beyond it that tells whether there are more."""
    start = (query["page"] - 1) * query["page_size"]
    return slice(start, start + query["page_size"] + 1)


def page_of(
    request: Request, query: Mapping[str, int], count: int, results: Iterable[Any]
) -> Response:
    """A page with the addresses of its neighbours, from the rows that `rows_of` asked for.

    Args:
        count: Of all rows; it may be a moment old.
    """
    page, size = query["page"], query["page_size"]
    found = list(results)
    if found:
        count = max(count, rows_of(query).start + len(found))

    def address(number: int) -> str:
        asked = urlencode({"page": number, "page_size": size})
        return f"{settings.PUBLIC_BASE_URL}{request.path}?{asked}"

    return Response(
        {
            "count": count,
            "next": address(page + 1) if len(found) > size else None,
            "previous": address(page - 1) if page > 1 else None,
            "page": page,
            "page_size": size,
            "results": found[:size],
        }
    )


# --- Views ----------------------------------------------------------------------------------------


class AlwaysJSON(BaseContentNegotiation):
    """There is one form of an answer, whatever `Accept` asks for."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return DefaultContentNegotiation().select_parser(request, parsers)

    def select_renderer(
        self, request: Any, renderers: Any, format_suffix: str | None = None
    ) -> Any:
        return renderers[0], renderers[0].media_type


class RtcatView(LimitedView):
    """Base of the management API; views name the way in (`accounts` has it)."""

    permission_classes = [HasScopes]
    parser_classes = [FormParser, StrictJSONParser]
    renderer_classes = [JSONRenderer]
    content_negotiation_class = AlwaysJSON
    metadata_class = None  # OPTIONS tells nobody anything

    required_scopes: ClassVar[list[str]] = ["sessions"]

    @property
    def grant(self) -> Any:
        """What the key of the request gives (`accounts.authentication.BearerGrant`)."""
        return self.request.auth

    @property
    def actor(self) -> Actor:
        """The API client, as the event log names it."""
        return Actor("api_client", self.grant.api_key, "rtcat")

    def parsed(self, form: type[serializers.Serializer]) -> dict[str, Any]:
        """The body checked and read by `form`; raises what the dialect renders."""
        return read(form, given_once(self.request.data))

    def options_of(self, form: type[serializers.Serializer]) -> dict[str, Any]:
        """The query checked and read by `form`."""
        return read(form, given_once(self.request.query_params))

    def get_exception_handler(self) -> Any:
        return exception_handler

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Cache-Control"] = "no-store"  # tokens are credentials
        return response


class OpenView(RtcatView):
    """Asks nobody for a key."""

    authentication_classes = []
    permission_classes = []
    throttle_classes = []
    schema = None


class Info(OpenView):
    """What a client may ask first: whom it talks to."""

    def get(self, request: Request) -> Response:
        version = request.path.strip("/").removeprefix("v")
        return Response(
            {
                "message": f"rtcserver, RTCat API version {version}",
                "version": version,
                "documentation_url": f"{settings.PUBLIC_BASE_URL}/v1/docs",
            }
        )


class UnknownPath(OpenView):
    """What the management API does not have."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise Http404


class DemoView(APIView):
    """Base of the demo: no key, a GET that writes; nothing for crawlers, previews and pictures."""

    authentication_classes = []
    permission_classes = []
    parser_classes = []
    renderer_classes = [JSONRenderer]
    content_negotiation_class = AlwaysJSON
    http_method_names = ["get"]  # no HEAD, which would write as GET does
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not settings.RTCAT_DEMO:
            raise Http404
        if request.method != "GET":
            raise drf.MethodNotAllowed(str(request.method))
        if _is_unasked(request):
            raise DemoRefused("Fetched without being asked for.")
        calls = parse(f"{settings.RTCAT_DEMO_CALLS_PER_MINUTE}/minute")
        if (wait := hit(calls, "rtcat demo", client_address(request))) is not None:
            raise drf.Throttled(wait)

    def options_of(self, form: type[serializers.Serializer]) -> dict[str, Any]:
        """The query checked and read by `form`."""
        return read(form, given_once(self.request.query_params))

    def get_exception_handler(self) -> Any:
        return demo_exception_handler

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response


class DemoRefused(DomainError):
    kind, slug = Kind.FORBIDDEN, "refused"


def _is_unasked(request: Request) -> bool:
    """Whether a browser fetches ahead, or as a picture, frame or script of some page."""
    headers = request.headers
    purposes = " ".join(headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Moz"))
    if "prefetch" in purposes or "preview" in purposes:
        return True
    return headers.get("Sec-Fetch-Dest", "empty") not in ("empty", "document")


# --- Pages of other origins -----------------------------------------------------------------------


def is_demo(path: str) -> bool:
    """Whether a path is of the open demo."""
    is_fixed = path in ("/sessions", "/tokens") or path.startswith(("/sessions/", "/tokens/"))
    return is_fixed or bool(TOKENS_OF_SESSION.fullmatch(path.strip("/")))


class CrossOrigin:
    """Middleware: pages of RTC_RTCAT_ALLOWED_ORIGINS may use these paths, without cookies.

    The key headers and the tokens are the credentials, so `*` opens no more than they do.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_managed = request.path_info.startswith(PREFIXES)
        if not is_managed and not is_demo(request.path_info):
            return self._get_response(request)
        asks = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        response = HttpResponse(status=204) if asks else self._get_response(request)
        if asks:
            methods = "GET, POST, PATCH, DELETE" if is_managed else "GET"
            response["Access-Control-Allow-Methods"] = methods
            response["Access-Control-Allow-Headers"] = KEY_HEADERS
            response["Access-Control-Max-Age"] = "86400"
        response["Access-Control-Expose-Headers"] = LIMIT_HEADERS
        self._allow(request, response)
        return response

    @staticmethod
    def _allow(request: HttpRequest, response: HttpResponseBase) -> None:
        allowed = settings.RTCAT_ALLOWED_ORIGINS
        if "*" in allowed:
            response["Access-Control-Allow-Origin"] = "*"
            return
        response["Vary"] = "Origin"
        if (origin := request.headers.get("Origin", "")) in allowed:
            response["Access-Control-Allow-Origin"] = origin
