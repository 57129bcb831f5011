"""`manage.py move_database --to URL`: from SQLite to PostgreSQL, and between any two."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from rtcserver.moving import MoveRefused, move


class Command(BaseCommand):
    help = "Carry every row of DATABASE_URL to another, empty database (docs/operations.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", required=True, metavar="URL", help="as DATABASE_URL is written")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            move(options["to"], self._tell)
        except MoveRefused as refused:
            raise CommandError(f"Nothing was moved. {refused}") from None
        except Error as fault:
            reason = f"A database went away, or is locked ({type(fault).__name__})."
            raise CommandError(f"Nothing was moved. {reason}") from None
        self._tell("Moved. Start the servers with DATABASE_URL set to the new database.")

    def _tell(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
