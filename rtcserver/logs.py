"""Log redaction: an entry URL is a credential, and paths, messages and tracebacks may carry one."""

import logging
import re

_NAMES = (
    r"(?:access_token|refresh_token|token|client_secret|key_secret|secret|password|code|signature|"
    r"salt|userSig)"
)
_SECRETS = re.compile(
    r"(?P<path>/(?:session|participants|user/find/[^/\s]*)/)[^\s\"'&?,)]+"
    r"|(?P<scheme>\b(?:Bearer|Basic)\s+)[^\s\"',)]+"
    rf"|(?P<form>\b{_NAMES}=)[^\s\"'&,)]+"
    rf"|(?P<json>[\"']{_NAMES}[\"']\s*:\s*)(?:\"[^\"]*\"|'[^']*')"
    r"|(?P<url>\w+://[^\s:/@]*:)[^\s@/]+(?=@)",
    re.IGNORECASE,
)


class RedactingFormatter(logging.Formatter):
    """Blanks secrets in the finished text, the traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def redact(text: str) -> str:
    """Return `text` without entry ids, bearer tokens, secret parameters and URL passwords."""
    return _SECRETS.sub(lambda found: f"{found[found.lastgroup or 0]}[redacted]", text)
