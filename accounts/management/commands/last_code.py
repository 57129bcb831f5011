"""`manage.py last_code REGION PHONE`: the newest code that the outbox holds, and nothing else."""

import re
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import BadPhone
from accounts.models import OutboxMessage
from accounts.phones import normalised


class Command(BaseCommand):
    help = "Print the newest code sent to a phone; only with RTC_SMS_BACKEND=outbox."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("region", help="calling code, such as 86")
        parser.add_argument("phone")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.SMS_BACKEND != "outbox":
            raise CommandError("Codes are kept by the outbox backend alone (RTC_SMS_BACKEND).")
        try:
            region, phone = normalised(options["region"], options["phone"])
        except BadPhone as refusal:
            raise CommandError(str(refusal)) from None
        newest = OutboxMessage.objects.of_phone(region, phone).order_by("-id").first()
        code = re.search(r"(?<![0-9])[0-9]{6}(?![0-9])", newest.text) if newest else None
        if code is None:
            raise CommandError("No code was sent to this phone.")
        self.stdout.write(code[0])
