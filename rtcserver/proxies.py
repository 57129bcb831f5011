"""Who calls, when proxies of ours stand in between."""

from django.conf import settings


def behind_proxies(forwarded: str, *, nearest: str) -> str:
    """The caller's address, as told by the outermost proxy that RTC_TRUSTED_PROXIES covers.

    Args:
        forwarded: X-Forwarded-For. Who stands before the trusted proxies may have written it.
        nearest: The address that the connection itself comes from.
    """
    told = forwarded.split(",")
    if settings.TRUSTED_PROXIES and len(told) >= settings.TRUSTED_PROXIES:
        return told[-settings.TRUSTED_PROXIES].strip() or nearest
    return nearest
