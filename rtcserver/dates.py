"""Dates as text: RFC 1123 and ISO 8601, independent of locale (contract A.6)."""

import re
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

_HTTP_DATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{1,2} "
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
    r"\d{4} \d{2}:\d{2}:\d{2} (?:GMT|UTC|[+-]0000)",
    re.ASCII,
)
_ISO_DATE = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:[Zz]|[+-]\d{2}(?::?\d{2})?)",
    re.ASCII,
)


def parse_date(text: str) -> datetime:
    """Read an RFC 1123 or zoned ISO 8601 date as an aware UTC datetime.

    Raises:
        ValueError: The text is neither, names an impossible date, or lacks a zone.
    """
    try:
        if _HTTP_DATE.fullmatch(text):
            return _in_range(parsedate_to_datetime(text).replace(tzinfo=UTC))
        if _ISO_DATE.fullmatch(text):
            return _in_range(datetime.fromisoformat(text.upper()).astimezone(UTC))
    except OverflowError as overflow:  # moved out of range by its zone
        raise ValueError("date out of range") from overflow
    raise ValueError("not a date with a zone")


def is_iso(text: str) -> bool:
    """Whether a date that `parse_date` can read is written in ISO style."""
    return _ISO_DATE.fullmatch(text) is not None


def _in_range(moment: datetime) -> datetime:
    """Refuse years that calendars cannot go beyond in either direction."""
    if not 1000 <= moment.year < 9000:
        raise ValueError("date out of range")
    return moment


def http_date(moment: datetime) -> str:
    """Write `Wed, 08 Jun 2016 04:07:11 GMT`; fractions of a second are cut."""
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0), usegmt=True)


def iso_date(moment: datetime) -> str:
    """Write `2016-06-08T04:07:11.000Z`; microseconds are cut."""
    written = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return f"{written.removesuffix('+00:00')}Z"


def moment_of_stamp(stamp: int) -> datetime:
    """The moment of a SyncClock stamp (milliseconds since 1970), exactly."""
    return datetime.fromtimestamp(stamp // 1000, UTC).replace(microsecond=stamp % 1000 * 1000)
