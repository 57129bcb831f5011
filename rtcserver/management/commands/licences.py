"""`manage.py licences`: writes docs/licences.md from the packages that are pinned."""

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from rtcserver.management.commands.audit import FILES

Row = tuple[str, str, str]  # name, version, licence

_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)", re.MULTILINE)
PERMISSIVE = {
    "MIT", "MIT-0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "PSF-2.0", "ISC", "0BSD",
    "MPL-2.0",  # asks for the source of changed files alone; none is changed
}  # fmt: skip
# Libraries that are used as they come, by importing them, which their licence allows anybody.
ALLOWED = {
    "jwcrypto": "LGPL-3.0-or-later",
    "psycopg2-binary": "LGPL with exceptions",
}
# What other versions of Python need, and this one cannot be asked about.
ELSEWHERE = {"async-timeout": "Apache-2.0"}
_CLASSIFIERS = {
    "BSD License": "BSD",
    "MIT License": "MIT",
    "Apache Software License": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
HEAD = """# Licences

What requirements.txt and the optional files beside it install, and on which terms. Made by
`manage.py licences`, which refuses what is unknown or would bind this project; a test holds it.

| package | version | licence |
|---|---|---|
"""


class Command(BaseCommand):
    help = "Write docs/licences.md, unless a package's licence is unknown or not allowed."

    def handle(self, *args: Any, **options: Any) -> None:
        rows = licences(settings.BASE_DIR)
        if wrong := [f"{name}: {found}" for name, _version, found in rows if refused(name, found)]:
            raise CommandError("Not allowed: " + "; ".join(wrong))
        (settings.BASE_DIR / "docs" / "licences.md").write_text(page(rows))


def licences(folder: Path) -> list[Row]:
    """Of every pinned package, by name; the licence is "unknown" where it does not say."""
    return sorted({row for name in FILES for row in _licences(folder / name)})


def _licences(requirements: Path) -> Iterator[Row]:
    for pin in _PIN.finditer(requirements.read_text()):
        try:
            yield pin["name"], pin["version"], licence_in(metadata(pin["name"]))
        except PackageNotFoundError:
            yield pin["name"], pin["version"], ELSEWHERE.get(pin["name"], "unknown")


def licence_in(facts: Any) -> str:
    """What the metadata of a package says: its expression, else its classifier, else its text."""
    if expression := facts.get("License-Expression"):
        return str(expression)
    named = [line.rpartition(" :: ")[2] for line in facts.get_all("Classifier", [])]
    known = [_CLASSIFIERS[name] for name in named if name in _CLASSIFIERS]
    text = facts.get("License") or "unknown"
    return " OR ".join(sorted(known)) or (text if len(text) < 40 else "unknown")


def refused(name: str, licence: str) -> bool:
    """Whether a package may not be used: one of `A OR B`, and all of `A AND B`, must be fine."""
    if ALLOWED.get(name) == licence:
        return False
    spelled = re.sub("BSD 3-Clause|3-Clause BSD License", "BSD-3-Clause", licence)
    choices = re.split(r" OR ", spelled.strip("()"))
    return not any(PERMISSIVE.issuperset(choice.split(" AND ")) for choice in choices)


def page(rows: list[Row]) -> str:
    return HEAD + "".join(f"| {' | '.join(row)} |\n" for row in rows)
