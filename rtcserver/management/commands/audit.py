"""`manage.py audit`: asks a vulnerability database about every pinned package."""

import json
import subprocess
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

FILES = ("requirements.txt", "requirements-sentry.txt", "requirements-otel.txt")


class Command(BaseCommand):
    help = "Run pip-audit on the hashed requirements; ends with 1 if a known weakness is pinned."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="*", default=FILES)
        parser.add_argument("--required", action="store_true", help="an unasked database fails")

    def handle(self, *args: Any, files: list[str], required: bool, **options: Any) -> None:
        for name in files:
            text = outcome(name, asked(name))
            if text.startswith("NOT AUDITED") and required:
                raise CommandError(text)
            self.stdout.write(text)


def asked(name: str) -> dict[str, Any] | None:
    """What pip-audit answers about a file; None if it could ask nobody."""
    command = [
        *(sys.executable, "-m", "pip_audit", "--requirement", str(settings.BASE_DIR / name)),
        *("--disable-pip", "--require-hashes", "--format", "json", "--progress-spinner", "off"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    try:
        return json.loads(done.stdout)
    except ValueError:
        return None


def outcome(name: str, answer: dict[str, Any] | None) -> str:
    """What to tell people. Raises CommandError for a known weakness."""
    found = answer["dependencies"] if answer else []
    audited = [package for package in found if "skip_reason" not in package]
    weak = [
        f"{package['name']} {package['version']}: {fault['id']}"
        for package in audited
        for fault in package["vulns"]
    ]
    if weak:
        raise CommandError(f"{name}: " + "; ".join(weak))
    if not audited:
        return f"NOT AUDITED {name}: no vulnerability database could be reached."
    left = len(found) - len(audited)
    return f"{name}: {len(audited)} packages without known weakness" + (
        f", NOT AUDITED: {left} that the database does not know." if left else "."
    )
