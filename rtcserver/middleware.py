"""What only pages need and API answers must not carry: language choice and a page's CSP."""

from collections.abc import Callable
from functools import cache

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from rtcserver.pool import REFUSED
from rtcserver.wire.fallback import bad_request, not_found, refusal

PAGES = ("/admin", "/session/", "/diagnose")
WHOLE = ("/", "/chat")  # `/chatroom/` is a dialect
# The admin theme builds its menus by evaluating attributes and inlines styles.
ADMIN_POLICY = {
    "script-src": ["'self'", "'unsafe-eval'", "'unsafe-inline'"],
    "style-src": ["'self'", "'unsafe-inline'"],
}
# Swagger UI inlines its icons and styles.
DOCS_POLICY = {"style-src": ["'self'", "'unsafe-inline'"]}


class RefuseNul:
    """No id and no filter has a NUL character; PostgreSQL cannot even compare with one."""

    GUARDED = ("/admin", "/session/", "/v1/")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if _is_page(request) or request.path_info.startswith(self.GUARDED):
            if "\x00" in request.path_info:
                return not_found(request, Http404())
            if "%00" in request.META.get("QUERY_STRING", ""):
                return bad_request(request, BadRequest())
        return self._get_response(request)


class RefuseOutside:
    """Answers for what did not get in (rtcserver/buffering.py), behind what every answer needs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if failure := request.META.get(REFUSED):
            return refusal(request.path_info, failure)
        return self._get_response(request)


class PageLanguage(LocaleMiddleware):
    """Accept-Language decides on pages; wire texts of the dialects stay as specified.

    A thread keeps the language of its last request, so every request says which is its own.
    """

    def process_request(self, request: HttpRequest) -> None:
        if _is_page(request):
            super().process_request(request)
        else:
            translation.activate(settings.LANGUAGE_CODE)

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if _is_page(request):
            return super().process_response(request, response)
        return response


def _is_page(request: HttpRequest) -> bool:
    return request.path_info in WHOLE or request.path_info.startswith(PAGES)


class PageHeaders(CSPMiddleware):
    """The strict policy everywhere, with the named exceptions above."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if request.path_info.startswith("/admin"):
            response._csp_update = ADMIN_POLICY  # type: ignore[attr-defined]
        elif request.path_info == "/v1/docs":
            response._csp_update = DOCS_POLICY  # type: ignore[attr-defined]
        elif response.status_code < 400:  # error pages of DEBUG have none
            response.headers.setdefault(HEADER, strict_policy())
            return response
        return super().process_response(request, response)


@cache
def strict_policy() -> str:
    """CONTENT_SECURITY_POLICY as the header has it, built once instead of for every answer."""
    return str(build_policy())
