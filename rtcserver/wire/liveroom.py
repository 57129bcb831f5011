"""LiveRoom dialect: any HTTP method, parameters from body and query, numbered errors.

docs/dialects/liveroom.md describes the wire. Codes are what clients act on; texts are shown to
people and never repeat what was sent.
"""

import json
import logging
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import IO, Any, ClassVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema_field
from rest_framework import exceptions as drf
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from rtcserver.errors import Kind
from rtcserver.schema import LiveRoomSchema
from rtcserver.wire.base import Failure, FormParser, StrictJSONParser, failure_from
from rtcserver.wire.fields import Text
from rtcserver.wire.forms import form_of

VERSION = "1.0.1"
MAX_REQUEST_ID = 128
STAGES = ("", "prod/", "dev/", "local/", "test/")  # an API gateway's, still in clients' URLs
PREFIXES = tuple(f"/{stage}base/v1/" for stage in STAGES)
OTHER_STAGE = re.compile(r"/(?:[^/]+/)+base/v1/")  # not a stage of ours: 99, in the envelope
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"  # UTC, whole seconds

NAMES = {
    98: "SystemVerifyError",
    99: "SystemError",
    103: "ServiceDBFailed",
    203: "UserTokenExpired",
    204: "UserTokenInvalid",
    205: "UserNameEmpty",
    206: "UserNotExists",
    2000: "RoomCreateParams",
    2001: "RoomDestroyParams",
    2002: "RoomQueryParams",
    2003: "RoomLeaveParams",
    2004: "RoomNotExists",
}
CODES = {  # slug of a refusal -> code; every other refusal is 98
    "unavailable": 103,
    "not_in_room": 103,
    "token_expired": 203,
    "token_invalid": 204,
    "nothing_to_set": 205,
    "unknown_user": 206,
    "room_not_found": 2004,
    "not_found": 99,
    "server_error": 99,
}

logger = logging.getLogger(__name__)


def ok(data: Any = None, message: str = "ok") -> HttpResponse:
    """The success envelope, ready to be sent."""
    return answer(envelope(data, message))


def envelope(data: Any = None, message: str = "ok") -> dict[str, Any]:
    """`data` is left out when there is none."""
    told = {} if data is None else {"data": data}
    return {"errorCode": 0, "errorMessage": message, **told, "version": VERSION}


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """JSON written at once: there is no format to negotiate and no page to render it into."""
    kind = "application/json"
    return HttpResponse(written(body), status=status, headers=headers, content_type=kind)


def written(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def marked(body: dict[str, Any], meta: Mapping[str, Any]) -> dict[str, Any]:
    """With what a gateway calls this request, if that is short and can be printed."""
    for name in ("HTTP_X_REQUEST_ID", "HTTP_X_SCF_REQUEST_ID"):
        value = str(meta.get(name, ""))
        if 0 < len(value) <= MAX_REQUEST_ID and value.isascii() and value.isprintable():
            return body | {"requestId": value}
    return body


def body_and_status(failure: Failure) -> tuple[dict[str, Any], int]:
    code = CODES.get(failure.slug, 98)
    status = failure.status or (404 if failure.kind is Kind.NOT_FOUND and code == 99 else None)
    return _error(code, failure.message), status or settings.LIVEROOM_ERROR_HTTP_STATUS


def refusal(failure: Failure) -> HttpResponse:
    """The same answer outside a view."""
    body, status = body_and_status(failure)
    return answer(body, status, failure.headers)


def _error(code: int, text: str) -> dict[str, Any]:
    name = NAMES[code]
    message = f"{name}({code}): {text}"
    return {"errorCode": code, "codeStr": name, "errorMessage": message, "version": VERSION}


def exception_handler(exc: Exception, context: dict[str, Any]) -> HttpResponse | None:
    failure = failure_from(exc)
    if failure is None:
        return None  # a bug: let it reach handler500 and the error tracker
    if isinstance(exc, BadParameter):
        body, status = _error(exc.code, failure.message), settings.LIVEROOM_ERROR_HTTP_STATUS
    else:
        if isinstance(exc, drf.ParseError):
            failure = Failure(failure.kind, failure.slug, failure.message, status=400)
        body, status = body_and_status(failure)
    path = context["request"].path.encode("unicode_escape").decode()  # no lines of a client's own
    logger.info("%s refused: %d", path, body["errorCode"])
    response = answer(body, status, failure.headers)
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django logs a 500 as a crash
    return response


class BadParameter(drf.ValidationError):
    """A parameter is missing or out of range; `code` is the number its endpoint gives for that."""

    def __init__(self, code: int, detail: Any) -> None:
        super().__init__(detail)
        self.code = code


class NoParser(BaseParser):
    """A body of any other type has no parameters."""

    media_type = "*/*"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None
    ) -> dict[str, Any]:
        return {}


def parameters(request: Request) -> dict[str, Any]:
    """What was sent: the body with the query laid over it, scalars as text, "" left out.

    Repeated keys and `name[]` become lists. `userId` and `apaasUserId` stand for each other;
    where both are given, `userId` counts.
    """
    body = request.data
    if not isinstance(body, Mapping):
        raise drf.ParseError("The body must be an object.")
    sent = _listed(body) if isinstance(body, QueryDict) else dict(body)
    sent |= _listed(request.query_params)
    given = {}
    for name, value in sent.items():
        text = _text(value)
        if text is not None and text != "":
            given[name.removesuffix("[]")] = text
    if user_id := given.get("userId", given.get("apaasUserId")):
        given["userId"] = user_id
    return given


def _listed(query: QueryDict) -> dict[str, Any]:
    return {
        name: values if len(values) > 1 or name.endswith("[]") else values[0]
        for name, values in query.lists()
        if values
    }


def _text(value: Any) -> Any:
    match value:
        case bool():
            return str(value).lower()
        case float() if value.is_integer():
            return str(int(value))
        case int() | float():
            return str(value)
        case list():
            return [item if isinstance(item, list) else _text(item) for item in value]  # one level
    return value


class Number(serializers.IntegerField):
    """Decimal digits, as text; 64 bits at most."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": -(2**63), "max_value": 2**63 - 1} | options)


@extend_schema_field({"type": "string", "example": "2021-01-08 03:22:06"})
class Moment(serializers.Field):
    """`YYYY-MM-DD HH:mm:ss`, UTC."""

    default_error_messages = {"format": "Expected a UTC time such as '2021-01-08 03:22:06'."}

    def to_internal_value(self, data: Any) -> datetime:
        try:
            return datetime.strptime(data, TIME_FORMAT).replace(tzinfo=UTC)
        except (TypeError, ValueError):
            self.fail("format")

    def to_representation(self, value: datetime) -> str:
        return moment(value)


def moment(value: datetime) -> str:
    """An aware time as the wire has it."""
    return value.astimezone(UTC).strftime(TIME_FORMAT)


class UserParameters(serializers.Serializer):
    """Who asks; sent with every call but the two of oauth."""

    userId = Text(source="user_id", max_length=128)
    token = Text(max_length=256)


class LiveRoomView(APIView):
    """Base of every endpoint. `post` fixes the order of checks; subclasses fill in the steps."""

    authentication_classes = []
    permission_classes = []
    parser_classes = [StrictJSONParser, FormParser, NoParser]
    renderer_classes = [JSONRenderer]  # for the OpenAPI file; see `answer`
    schema: Any = LiveRoomSchema()

    Parameters: ClassVar[type[serializers.Serializer]] = serializers.Serializer
    Answer: ClassVar[type[serializers.Serializer] | None] = None  # shape of `data`, for OpenAPI
    many = False  # `data` is a list of them
    missing_code = 98  # a required parameter is missing, or is no text of its kind
    range_code = 98  # an optional one is too long, out of range or unreadable

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Nothing to negotiate, and the parameters say who asks: `identify`."""

    def post(self, request: Request) -> HttpResponse:
        given = self.read(parameters(request))
        self.check(given)
        self.identify(given)
        return self.act(given)

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Every method does the same: clients use GET, POST and what their SDK prefers."""
        return self.post(request)

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return self.post(request)

    def read(self, given: dict[str, Any]) -> dict[str, Any]:
        """Required parameters first, then the ranges of all others."""
        form = form_of(self.Parameters)
        try:
            return form.run_validation(given)
        except drf.ValidationError as refused:
            errors: Any = refused.detail
        missing = {n: e for n, e in errors.items() if n in form.fields and form.fields[n].required}
        if missing:
            raise BadParameter(self.missing_code, missing)
        raise BadParameter(self.range_code, errors)

    def check(self, given: dict[str, Any]) -> None:
        """Refuse what makes no sense whoever asks, before the token is looked at."""

    def identify(self, given: dict[str, Any]) -> None:
        """Find out who asks, and take the credentials out of `given`."""

    def act(self, given: dict[str, Any]) -> HttpResponse:
        raise NotImplementedError

    def get_exception_handler(self) -> Any:
        return exception_handler

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "no-referrer"  # queries carry tokens
        body = json.loads(response.content)
        if isinstance(body, dict) and (named := marked(body, request.META)) is not body:
            response.content = written(named)
        return response


class UnknownApi(LiveRoomView):
    """Under a known group, an unknown call is an error of the call, not of the path."""

    schema = None

    def post(self, request: Request) -> HttpResponse:
        raise BadParameter(99, "No such API.")


class Root(LiveRoomView):
    schema = None

    def act(self, given: dict[str, Any]) -> HttpResponse:
        return ok()


class HelloWorld(LiveRoomView):
    schema = None

    def post(self, request: Request) -> HttpResponse:
        return answer("HelloWorld")


def allows_origin(sender: Any, request: HttpRequest, **signal: Any) -> bool:
    """Whether a page of the request's origin may read these answers (`corsheaders`)."""
    allowed = settings.LIVEROOM_ALLOWED_ORIGINS
    known = "*" in allowed or request.headers.get("Origin") in allowed
    return known and request.path_info.startswith(PREFIXES)


class NoCredentials:
    """Middleware around `corsheaders`: pages of other origins send no cookies to these paths.

    The parameters carry the token, and with cookies `*` would open more than was asked for.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        if request.path_info.startswith(PREFIXES):
            del response["Access-Control-Allow-Credentials"]
        return response
