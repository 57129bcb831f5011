"""Answers for errors raised outside any view, in the dialect of the URL."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults

from rtcserver.errors import Kind
from rtcserver.wire import coviu, liveroom
from rtcserver.wire.base import Failure

BODY_AND_STATUS = {
    "/v1/": coviu.body_and_status,
    **dict.fromkeys(liveroom.PREFIXES, liveroom.body_and_status),
}


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    failure = Failure(Kind.NOT_FOUND, "not_found", "No such resource.")
    return _in_dialect(request, failure) or defaults.page_not_found(request, exception)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        failure = Failure(Kind.INVALID, "body_too_large", "The body is too large.", status=413)
    else:
        failure = Failure(Kind.INVALID, "bad_request", "The request cannot be read.")
    return _in_dialect(request, failure) or defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    failure = Failure(Kind.FORBIDDEN, "permission_denied", "Not allowed.")
    return _in_dialect(request, failure) or defaults.permission_denied(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    failure = Failure(Kind.INVALID, "server_error", "Something broke on our side.", status=500)
    return _in_dialect(request, failure) or defaults.server_error(request)


def body_and_status(path: str, failure: Failure) -> tuple[dict[str, Any], int]:
    """The refusal in the dialect of `path`; Coviu's shape where no dialect is at home."""
    return (_dialect_of(path) or coviu.body_and_status)(failure)


def _dialect_of(path: str) -> Callable[[Failure], tuple[dict[str, Any], int]] | None:
    prefixes = (prefix for prefix in BODY_AND_STATUS if path.startswith(prefix))
    return BODY_AND_STATUS.get(next(prefixes, ""))


def _in_dialect(request: HttpRequest, failure: Failure) -> HttpResponse | None:
    if _dialect_of(request.path) is None:
        return None
    body, status = body_and_status(request.path, failure)
    return JsonResponse(body, status=status, headers=dict(failure.headers))
