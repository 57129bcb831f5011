"""Errors to Sentry, if RTC_SENTRY_DSN says where: what is logged as an error, and no more.

No request, no body, no header, no cookie, no variable of a frame, no breadcrumb leaves the
process; every text that does goes through the same redaction as the log.
"""

import logging
from importlib.util import find_spec
from typing import Any

from django.conf import settings

from rtcserver.logs import redact
from rtcserver.request_ids import request_id

# Of an event as Sentry's library makes it; whatever a later version adds stays here.
SENT = (
    "event_id", "timestamp", "level", "logger", "platform", "release", "environment", "sdk",
    "exception",
)  # fmt: skip
FRAME = ("filename", "function", "module", "lineno", "context_line", "in_app")


def is_installed() -> bool:
    return find_spec("sentry_sdk") is not None


def start(**options: Any) -> None:
    """Begin to report, if that is asked for; `options` are those of `sentry_sdk.init`."""
    if not settings.SENTRY_DSN or not is_installed():  # rtc.E050 tells of the latter
        return
    import sentry_sdk
    from sentry_sdk.integrations.excepthook import ExcepthookIntegration
    from sentry_sdk.integrations.logging import LoggingIntegration
    from sentry_sdk.integrations.threading import ThreadingIntegration

    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        environment=settings.PROFILE,
        default_integrations=False,
        integrations=[
            LoggingIntegration(level=None, event_level=logging.ERROR),
            ExcepthookIntegration(),
            ThreadingIntegration(),
        ],
        before_send=scrubbed,
        max_breadcrumbs=0,
        max_request_body_size="never",
        include_local_variables=False,
        server_name="",
        **options,
    )


def scrubbed(event: Any, hint: dict[str, Any]) -> Any:
    """What may leave of an event: the error, where it came from, and the id of the request."""
    sent = {name: event[name] for name in SENT if name in event}
    entry = event.get("logentry") or {}
    if text := entry.get("formatted") or entry.get("message"):
        sent["logentry"] = {"message": text}
    if name := request_id.get():
        sent["tags"] = {"request_id": name}
    for error in sent.get("exception", {}).get("values", []):
        for frame in (error.get("stacktrace") or {}).get("frames", []):
            for name in frame.keys() - {*FRAME}:
                del frame[name]
    return _redacted(sent)


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {name: _redacted(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(inner) for inner in value]
    return value
