"""`manage.py create_api_client --team NAME --name NAME [--scope S ...] [--json]`."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from accounts.models import Team
from accounts.services import create_api_client, create_team
from rtcserver.events import Actor

CONSOLE = Actor("system", "console", "admin")


class Command(BaseCommand):
    help = "Create an API client, and its team if needed; prints the key secret this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--team", required=True, help="name of the team")
        parser.add_argument("--name", required=True, help="name of the API client")
        parser.add_argument(
            "--scope",
            action="append",
            choices=sorted(settings.SCOPES),
            help="may be repeated; default: every scope but team and system",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            team = Team.objects.filter(name=options["team"]).first() or create_team(
                actor=CONSOLE, name=options["team"]
            )
            client, secret = create_api_client(
                actor=CONSOLE, team=team, name=options["name"], scopes=options["scope"]
            )
        made = {
            "api_key": client.client_id,
            "key_secret": secret,
            "team_id": str(team.public_id),
        }
        if options["json"]:
            self.stdout.write(json.dumps(made))
            return
        for name, value in made.items():
            self.stdout.write(f"{name}: {value}")
        self.stdout.write("The secret is stored hashed; it cannot be shown again.")
