"""`manage.py sweep_accounts`: delete what has expired. Run it daily."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.services import sweep


class Command(BaseCommand):
    help = "Delete codes, verification tokens, failed logins and old logins past their time."

    def handle(self, *args: Any, **options: Any) -> None:
        for name, count in sweep().items():
            self.stdout.write(f"{name}: {count}")
