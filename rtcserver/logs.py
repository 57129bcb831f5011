"""Log redaction: an entry URL is a credential, and paths and messages may carry one."""

import logging
import re

_SECRETS = re.compile(
    r"(?P<keep>/session/|/user/find/[^/\s]*/|Bearer |Basic |(?:access_token|refresh_token|"
    r"client_secret|password|code|token|secret|signature|salt|userSig)=)[^\s\"'&,)]+",
    re.IGNORECASE,
)


class Redact(logging.Filter):
    """Replace what follows a telltale prefix in the finished message."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        redacted = redact(message)
        if redacted != message:
            record.msg, record.args = redacted, ()
        return True


def redact(text: str) -> str:
    """Return `text` with entry ids, bearer tokens and secret parameters blanked."""
    return _SECRETS.sub(r"\g<keep>[redacted]", text)
