"""Log redaction: an entry URL is a credential, and paths, messages and tracebacks may carry one."""

import json
import logging
import re
from datetime import UTC, datetime

from rtcserver.request_ids import request_id
from rtcserver.tracing import trace_id

_NAMES = (
    r"(?:access_token|refresh_token|token|client_secret|key_secret|secret|password|user_password|"
    r"code|signature|salt|userSig|ws_ticket|ticket)"
)
_SECRETS = re.compile(
    r"(?P<path>/(?:session|participants|tokens|user/find/[^/\s]*)/)[^\s\"'&?,)]+"
    r"|(?P<header>\bX-RTCAT-(?:APIKEY|SECRET)[\"']?\s*[:=]\s*[\"']?)[^\s\"',)]+"
    r"|(?P<scheme>\b(?:Bearer|Basic)\s+)[^\s\"',)]+"
    rf"|(?P<form>\b{_NAMES}=)[^\s\"'&,)]+"
    rf"|(?P<json>[\"']{_NAMES}[\"']\s*:\s*)(?:\"[^\"]*\"|'[^']*')"
    r"|(?P<url>\w+://[^\s:/@]*:)[^\s@/]+(?=@)"
    r"|(?P<phone>\b(?:phone|searchPhone|user_tel)[\"']?\s*[=:]\s*[\"']?)\+?\d[\d -]{3,}"
    r"|(?P<number>\+)\d[\d -]{6,}\d"
    # What PostgreSQL quotes of a row that it refused.
    r"|(?P<detail>(?-i:DETAIL):\s*)[\s\S]*?(?=\n\nThe above|\n\nDuring handling|\Z)",
    re.IGNORECASE,
)


class RedactingFormatter(logging.Formatter):
    """Blanks secrets in the finished text, the traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def redact(text: str) -> str:
    """Return `text` without entry ids, tokens, secret parameters, URL passwords and phones."""
    return _SECRETS.sub(lambda found: f"{found[found.lastgroup or 0]}[redacted]", text)


class JSONFormatter(logging.Formatter):
    """One JSON object a line: `time`, `level`, `logger`, `message`.

    Where there is one also `request_id`, `trace_id` and `exception`.
    """

    def format(self, record: logging.LogRecord) -> str:
        written = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        if name := request_id.get():
            written["request_id"] = name
        if name := trace_id():
            written["trace_id"] = name
        if record.exc_info:
            written["exception"] = redact(self.formatException(record.exc_info))
        return json.dumps(written, ensure_ascii=False)


class NoHandshakes(logging.Filter):
    """Drops the server's line for every WebSocket handshake: old dialects carry tokens in it."""

    def filter(self, record: logging.LogRecord) -> bool:
        return '"WebSocket ' not in str(record.msg)


class NoBrokenText(logging.Filter):
    """Drops the server's traceback for a message that is not UTF-8: anybody can send one."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not str(record.msg).startswith("Invalid UTF-8")


class WithoutTraceback(logging.Filter):
    """Leaves the line: what a lost connection looks like from inside tells nobody anything."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info:
            fault = record.exc_info[0]
            record.msg = f"{record.msg}: {fault.__name__ if fault else ''}"
            record.exc_info = None
        return True
