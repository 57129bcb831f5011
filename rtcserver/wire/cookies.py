"""The login cookie of people, and which pages may act with it."""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.permissions import BasePermission
from rest_framework.request import Request


def cookie_value(request: HttpRequest) -> str:
    """The login cookie, or "".

    Android sends whole Set-Cookie lines back, attributes included, and some proxies join two
    Cookie headers by a comma; so the pair is searched instead of parsed.
    """
    name = re.escape(settings.LOGIN_COOKIE_NAME)
    found = re.search(
        rf'(?:^|[;,\s]){name}\s*=\s*"?([0-9A-Za-z]+)', request.META.get("HTTP_COOKIE", "")
    )
    return found[1] if found else ""


def set_cookie(response: HttpResponseBase, value: str) -> None:
    """Give the client its login, as the only cookie of the answer."""
    _write(response, value, settings.LOGIN_DAYS * 86400)


def clear_cookie(response: HttpResponseBase) -> None:
    _write(response, "ended", 0)  # an empty value would be written with quotes, which apps keep


def _write(response: HttpResponseBase, value: str, seconds: int) -> None:
    response.set_cookie(
        settings.LOGIN_COOKIE_NAME,
        value,
        max_age=seconds,
        domain=settings.LOGIN_COOKIE_DOMAIN,
        secure=settings.HTTPS,
        httponly=True,
        samesite=settings.LOGIN_COOKIE_SAMESITE,
    )


class FromOurPages(BasePermission):
    """A foreign page cannot make a browser write with its user's cookie.

    There is no CSRF token on this wire, so browsers are believed when they say where a
    request comes from. Apps send none of these headers.
    """

    message = "This page may not do that."

    def has_permission(self, request: Request, view: object) -> bool:
        if request.method in ("GET", "HEAD", "OPTIONS"):
            return True
        origin = request.headers.get("Origin") or _origin_of(request.headers.get("Referer", ""))
        if origin:
            return origin in _own_origins(request)
        return request.headers.get("Sec-Fetch-Site") not in ("cross-site", "same-site")


def _own_origins(request: Request) -> set[str]:
    here = f"{request.scheme}://{request.get_host()}"
    return {here, _origin_of(settings.PUBLIC_BASE_URL), *settings.ALLOWED_ORIGINS}


def _origin_of(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:  # it is nobody's
        return url
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else url
