"""Whom a socket opens for: the page it comes from, and the address behind the proxies."""

from base64 import urlsafe_b64decode
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from rtcserver.proxies import behind_proxies

Scope = dict[str, Any]

open_from: Counter[str] = Counter()  # sockets of this process, by address


def header(scope: Scope, name: bytes) -> str:
    """The last value sent under a lower-case name, or nothing."""
    for key, value in reversed(scope["headers"]):
        if key == name:
            return str(value.decode("latin-1"))
    return ""


def offered_credential(scope: Scope, *names: str) -> tuple[str, str] | None:
    """A browser can send no headers: `<name>.<base64url>` among the subprotocols, unpacked.

    Raises ValueError: It is no base64url of UTF-8.
    """
    for offered in scope["subprotocols"]:
        name, _dot, packed = offered.partition(".")
        if name in names:
            return name, urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
    return None


def origin_allowed(scope: Scope) -> bool:
    """Apps send no Origin. A page must be ours, or of RTC_ALLOWED_ORIGINS (contract S13)."""
    origin = header(scope, b"origin")
    if not origin:
        return True
    if origin in settings.ALLOWED_ORIGINS or origin == settings.PUBLIC_BASE_URL:
        return True
    host = header(scope, b"host").lower()
    domain, _port = split_domain_port(host)
    named_ours = bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)
    try:
        return named_ours and urlsplit(origin).netloc.lower() == host
    except ValueError:
        return False


def address_of(scope: Scope) -> str:
    """The caller's address, as told by the outermost proxy that RTC_TRUSTED_PROXIES covers."""
    client = scope.get("client")
    nearest = str(client[0]) if client else ""
    lines = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return behind_proxies(b",".join(lines).decode("latin-1"), nearest=nearest)
