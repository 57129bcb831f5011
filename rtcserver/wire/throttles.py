"""Request limits of the REST surfaces, counted in Redis when there is one, else in memory."""

import time
from functools import cache
from typing import Any

from django.conf import settings
from limits import RateLimitItem, parse
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

PER_CLIENT = parse("6000/minute")


@cache
def limiter() -> FixedWindowRateLimiter:
    """The one counter of this process, shared between processes through Redis."""
    if not settings.REDIS_URL:
        return FixedWindowRateLimiter(storage_from_string("memory://"))
    prefix = f"{settings.REDIS_PREFIX}:limits"
    return FixedWindowRateLimiter(storage_from_string(settings.REDIS_URL, key_prefix=prefix))


def hit(limit: RateLimitItem, *identifiers: str) -> float | None:
    """Count one use; return None while it is within the limit, else the seconds to wait."""
    if not settings.RATE_LIMITS or limiter().hit(limit, *identifiers):
        return None
    return wait_seconds(limit, *identifiers)


def wait_seconds(limit: RateLimitItem, *identifiers: str) -> float | None:
    """Seconds until `limit` is free again, or None when it is not used up."""
    if not settings.RATE_LIMITS or limiter().test(limit, *identifiers):
        return None
    return max(1.0, limiter().get_window_stats(limit, *identifiers).reset_time - time.time())


class ClientThrottle(BaseThrottle):
    """So many requests a minute for each API client, whatever the number of its tokens."""

    seconds: float | None = None

    def allow_request(self, request: Request, view: Any) -> bool:
        grant: Any = request.auth
        if grant is None:
            return True
        self.seconds = hit(PER_CLIENT, "client", grant.api_key)
        return self.seconds is None

    def wait(self) -> float | None:
        return self.seconds
