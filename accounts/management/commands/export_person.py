"""`manage.py export_person ID`: everything kept about a person, as JSON."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from accounts.services import export_user


class Command(BaseCommand):
    help = "Write everything kept about a person to standard output, as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", help="public id of the person")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(public_id=options["id"]).first()
        if user is None:
            raise CommandError("No such person.")
        self.stdout.write(json.dumps(export_user(user), ensure_ascii=False, indent=2))
