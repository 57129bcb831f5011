"""`manage.py env_example`: writes .env.example from the tables of docs/settings.md."""

import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

_ROW = re.compile(r"^\| `(?P<name>\w+)` \| (?P<default>.*?) \| (?P<meaning>.*) \|$")
_TITLE = re.compile(r"^## (?P<title>.+)$")
# What a first deployment has to fill in, with what to write there.
REQUIRED = {
    "RTC_SECRET_KEY": "change me: 50 or more random characters",
    "RTC_PUBLIC_BASE_URL": "https://rtc.example.com",
    "RTC_ENCRYPTION_KEYS": "change me: see the line above",
}
HEAD = """# Made by `manage.py env_example` from docs/settings.md.
# Copy it to .env and fill in what is set.
# Lines that begin with # show the defaults.

# Read by compose.yaml alone: the database's password. Letters and digits: it enters an address.
POSTGRES_PASSWORD="change me"
"""


class Command(BaseCommand):
    help = "Write .env.example from docs/settings.md."

    def handle(self, *args: Any, **options: Any) -> None:
        (settings.BASE_DIR / ".env.example").write_text(example())


def example() -> str:
    """The whole file; a test compares it with the one in the tree."""
    lines = (settings.BASE_DIR / "docs" / "settings.md").read_text().splitlines()
    return HEAD + "".join(f"{line}\n" for line in _written(lines))


def _written(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if title := _TITLE.match(line):
            yield from ("", f"# --- {title['title']}")
        elif row := _ROW.match(line):
            yield from ("", f"# {_plain(row['meaning'])} (default: {_plain(row['default'])})")
            value = REQUIRED.get(row["name"])
            yield f'{row["name"]}="{value}"' if value else f"#{row['name']}="


def _plain(text: str) -> str:
    return text.replace("`", "").replace("\\|", "|")
