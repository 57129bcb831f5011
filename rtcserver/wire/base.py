"""What all dialects share: strict parsing, and any exception a view can raise as one Failure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFieldsSent
from django.http import Http404, HttpRequest, QueryDict
from rest_framework import exceptions as drf
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from rtcserver.errors import DatabaseAway, DomainError, Kind
from rtcserver.proxies import behind_proxies

_KIND_OF_STATUS = {
    400: Kind.INVALID,
    401: Kind.UNAUTHENTICATED,
    403: Kind.FORBIDDEN,
    404: Kind.NOT_FOUND,
    429: Kind.LIMITED,
}


@dataclass(frozen=True, slots=True)
class Failure:
    """A refusal, ready to be put into a dialect's envelope."""

    kind: Kind
    slug: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None  # HTTP's own refusals (405, 413, 415, 503) keep their status


UNAVAILABLE = Failure(
    Kind.LIMITED,
    "unavailable",
    "The database is not reachable; try again shortly.",
    {"Retry-After": "5"},
    status=503,
)


class BodyTooLarge(drf.APIException):
    status_code = 413
    default_code = "body_too_large"
    default_detail = "The request body is too large."


class StrictJSONParser(BaseParser):
    """JSON as RFC 8259 has it: bounded size and depth, no NaN, no bytes that are not UTF-8."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None
    ) -> Any:
        try:
            body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        except RequestDataTooBig:
            raise BodyTooLarge from None
        if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise BodyTooLarge
        try:
            return json.loads(body.decode(), parse_constant=_refuse_constant)
        except RecursionError:
            raise drf.ParseError("JSON nested too deeply.") from None
        except ValueError:
            raise drf.ParseError("Malformed JSON.") from None


class FormParser(BaseParser):
    """An urlencoded form of bounded size and number of fields."""

    media_type = "application/x-www-form-urlencoded"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None
    ) -> QueryDict:
        try:
            body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
            if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
                raise BodyTooLarge
            return QueryDict(body, encoding="utf-8")
        except RequestDataTooBig:
            raise BodyTooLarge from None
        except TooManyFieldsSent:
            raise drf.ParseError("Too many fields.") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def failure_from(exc: Exception) -> Failure | None:
    """Return the failure to show a client, or None if `exc` is a bug of ours."""
    if isinstance(exc, DomainError):
        return Failure(exc.kind, exc.slug, _shown(str(exc)), _retry_after(exc.wait))
    if isinstance(exc, DatabaseAway):
        return UNAVAILABLE
    if isinstance(exc, Http404):
        exc = drf.NotFound()
    elif isinstance(exc, PermissionDenied):
        exc = drf.PermissionDenied()
    if not isinstance(exc, drf.APIException) or exc.status_code >= 500:
        return None
    kind = _KIND_OF_STATUS.get(exc.status_code, Kind.INVALID)
    status = None if exc.status_code in _KIND_OF_STATUS else exc.status_code
    slug = "invalid" if isinstance(exc, drf.ValidationError) else exc.default_code
    return Failure(kind, slug, _shown(_first_message(exc.detail)), _headers(exc), status)


def _shown(message: str) -> str:
    """What may repeat something sent, without what no answer can carry."""
    return message.encode(errors="replace").decode().replace("\x00", "?")


def _headers(exc: drf.APIException) -> dict[str, str]:
    headers: dict[str, str] = {}
    if challenge := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    return headers | _retry_after(getattr(exc, "wait", None))


def _retry_after(seconds: float | None) -> dict[str, str]:
    return {} if seconds is None else {"Retry-After": str(max(1, ceil(seconds)))}


def _first_message(detail: object, path: str = "") -> str:
    """Name the first faulty field: `participants.1.role: This field is required.`"""
    if isinstance(detail, Mapping):
        name, inner = next(iter(detail.items()))
        return _first_message(inner, f"{path}.{name}" if path else str(name))
    if isinstance(detail, list):
        return _first_message(detail[0], path)
    return f"{path}: {detail}" if path and path != "non_field_errors" else str(detail)


class HasScopes(BasePermission):
    """The grant has every scope that the view requires."""

    message = "The scope for this is missing."

    def has_permission(self, request: Request, view: Any) -> bool:
        grant: Any = request.auth
        return grant is not None and grant.scopes.issuperset(view.required_scopes)


def client_address(request: HttpRequest) -> str:
    """The caller's address, as told by the outermost proxy that RTC_TRUSTED_PROXIES covers."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    return behind_proxies(forwarded, nearest=request.META.get("REMOTE_ADDR", ""))
