"""Sending text messages, in the manner of Django's e-mail backends.

RTC_SMS_BACKEND names one of BACKENDS, or the dotted path of a class with a `send` like theirs.
"""

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.sms.base import Sms, SmsBackend, SmsNotSent

BACKENDS = {
    "outbox": "accounts.sms.outbox.OutboxBackend",
    "console": "accounts.sms.console.ConsoleBackend",
    "file": "accounts.sms.file.FileBackend",
    "http": "accounts.sms.http.HttpBackend",
}

__all__ = ["BACKENDS", "Sms", "SmsBackend", "SmsNotSent", "backend"]


def backend() -> SmsBackend:
    """A new object of the configured backend."""
    return import_string(BACKENDS.get(settings.SMS_BACKEND, settings.SMS_BACKEND))()
