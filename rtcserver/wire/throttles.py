"""Request limits, counted in Redis when there is one, else in memory (docs/limits.md)."""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from django.conf import settings
from limits import RateLimitItem
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

PATIENCE = 1.0  # seconds for an answer of Redis
T = TypeVar("T")
logger = logging.getLogger(__name__)


@cache
def limiter() -> FixedWindowRateLimiter:
    """The one counter of this process, shared between processes through Redis."""
    if not settings.REDIS_URL:
        return own_limiter()
    storage = storage_from_string(
        settings.REDIS_URL,
        key_prefix=f"{settings.REDIS_PREFIX}:limits",
        wrap_exceptions=True,
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
    )
    return FixedWindowRateLimiter(storage)


@cache
def own_limiter() -> FixedWindowRateLimiter:
    """What this process counts by itself."""
    return FixedWindowRateLimiter(storage_from_string("memory://"))


def hit(limit: RateLimitItem, *identifiers: str) -> float | None:
    """Count one use; return None while it is within the limit, else the seconds to wait."""
    if not settings.RATE_LIMITS or _counted(lambda by: by.hit(limit, *identifiers)):
        return None
    return wait_seconds(limit, *identifiers)


def wait_seconds(limit: RateLimitItem, *identifiers: str) -> float | None:
    """Seconds until `limit` is free again, or None when it is not used up."""
    if not settings.RATE_LIMITS or _counted(lambda by: by.test(limit, *identifiers)):
        return None
    stats = _counted(lambda by: by.get_window_stats(limit, *identifiers))
    return max(1.0, stats.reset_time - time.time())


def _counted(act: Callable[[FixedWindowRateLimiter], T]) -> T:
    """While Redis is away each process counts for itself: nobody is let off, or kept out."""
    try:
        return act(limiter())
    except StorageError as fault:
        logger.warning("Limits are counted by this process alone: %s", type(fault).__name__)
        return act(own_limiter())


@dataclass(frozen=True, slots=True)
class Usage:
    """How far a limit is used up, in the window that ends in `seconds`."""

    limit: int
    used: int
    seconds: float

    @property
    def is_exceeded(self) -> bool:
        return self.used > self.limit

    def headers(self) -> dict[str, str]:
        """The fields of draft-ietf-httpapi-ratelimit-headers that clients read today."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(0, self.limit - self.used)),
            "RateLimit-Reset": str(math.ceil(self.seconds)),
        }


def use(limit: RateLimitItem, *identifiers: str) -> Usage:
    """Count one use in a window of the clock: its end is known without asking the storage."""
    length, now = limit.get_expiry(), time.time()
    window = int(now // length)
    key = limit.key_for(*identifiers, str(window))
    used = _counted(lambda by: by.storage.incr(key, length))
    return Usage(limit.amount, used, (window + 1) * length - now)
