"""Secrets that must be read again, encrypted at rest with keys kept outside the database."""

from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def encrypt(text: str) -> str:
    """Return `text` under the first key of RTC_ENCRYPTION_KEYS.

    Raises ImproperlyConfigured in production without a key.
    """
    return _ring(tuple(settings.ENCRYPTION_KEYS)).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Return what was encrypted, under any key of the ring.

    Raises ImproperlyConfigured when the key it was made with is not there any more.
    """
    try:
        return _ring(tuple(settings.ENCRYPTION_KEYS)).decrypt(token.encode()).decode()
    except InvalidToken:
        raise ImproperlyConfigured("RTC_ENCRYPTION_KEYS lacks a key that is in use.") from None


def rotate(token: str) -> str:
    """Return the same secret under the first key."""
    return _ring(tuple(settings.ENCRYPTION_KEYS)).rotate(token.encode()).decode()


@cache
def _ring(keys: tuple[str, ...]) -> MultiFernet:
    if not keys:
        raise ImproperlyConfigured("RTC_ENCRYPTION_KEYS is not set.")
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError:
        raise ImproperlyConfigured("RTC_ENCRYPTION_KEYS holds no Fernet keys.") from None
