"""`manage.py import_sealtalk_users FILE`: people of a SealTalk server, with their passwords.

FILE is an export of its `users` table, as CSV with a header or as a JSON array of objects:
region, phone, nickname, portraitUri, passwordHash (40 hexadecimal digits), passwordSalt.
"""

import csv
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.services import BadImport, import_people
from rtcserver.events import Actor

CONSOLE = Actor("system", "console", "admin")


class Command(BaseCommand):
    help = "Import people from an export (CSV or JSON) of a SealTalk server's users table."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            rows = read_rows(options["file"])
            made, known = import_people(rows, actor=CONSOLE)
        except (OSError, ValueError, BadImport) as fault:
            raise CommandError(f"{fault} Nothing was imported.") from None
        self.stdout.write(f"{made} imported, {known} already here.")


def read_rows(file: Path) -> list[dict[str, Any]]:
    """The rows of a CSV file with a header, or of a JSON array."""
    with file.open(encoding="utf-8-sig", newline="") as text:
        if file.suffix.lower() != ".json":
            return list(csv.DictReader(text))
        rows = json.load(text)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError("The file must hold a JSON array of objects.")
    return rows
