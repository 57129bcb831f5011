"""Answers for errors raised outside any view, in the dialect of the URL."""

import logging
import sys
from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.views import defaults

from rtcserver.errors import DatabaseAway, Kind
from rtcserver.wire import chatroom, coviu, liveroom, rtcat, sealtalk
from rtcserver.wire.base import UNAVAILABLE, Failure

logger = logging.getLogger(__name__)

REFUSALS: dict[str, Callable[[Failure], HttpResponse]] = {
    "/v1/": coviu.refusal,
    **dict.fromkeys(chatroom.PREFIXES, chatroom.refusal),
    **dict.fromkeys(sealtalk.PREFIXES, sealtalk.refusal),
    **dict.fromkeys(liveroom.PREFIXES, liveroom.refusal),
    **dict.fromkeys(rtcat.PREFIXES, rtcat.refusal),
}


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    failure = Failure(Kind.NOT_FOUND, "not_found", "No such resource.")
    if answer := _in_dialect(request, failure):
        return answer
    if "text/html" in request.headers.get("Accept", ""):  # people, by a browser
        return defaults.page_not_found(request, exception)
    return coviu.refusal(failure)


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
    """Of a bug, or of a database that is away where no view could say so: pages, middleware."""
    if isinstance(sys.exc_info()[1], DatabaseAway):
        logger.warning("Unavailable: the database is away")
        answer = _in_dialect(request, UNAVAILABLE) or _page_unavailable()
        answer._has_been_logged = True  # type: ignore[attr-defined]  # Django takes it for a crash
        return answer
    failure = Failure(Kind.INVALID, "server_error", "Something broke on our side.", status=500)
    return _in_dialect(request, failure) or defaults.server_error(request)


def _page_unavailable() -> HttpResponse:
    headers = dict(UNAVAILABLE.headers)
    return HttpResponse(UNAVAILABLE.message, "text/plain; charset=utf-8", 503, headers=headers)


def refusal(path: str, failure: Failure) -> HttpResponse:
    """The refusal in the dialect of `path`; Coviu's shape where no dialect is at home."""
    return (_dialect_of(path) or coviu.refusal)(failure)


def _dialect_of(path: str) -> Callable[[Failure], HttpResponse] | None:
    path = f"/{path.strip('/')}/"  # `/v1` and `//v1` are of the dialect as well
    prefixes = (prefix for prefix in REFUSALS if path.startswith(prefix))
    found = REFUSALS.get(next(prefixes, ""))
    if found is None and rtcat.is_demo(path[:-1]):
        return rtcat.demo_refusal
    other_stage = liveroom.refusal if liveroom.OTHER_STAGE.match(path) else None
    return found or other_stage


def _in_dialect(request: HttpRequest, failure: Failure) -> HttpResponse | None:
    answer = _dialect_of(request.path)
    return answer(failure) if answer else None
