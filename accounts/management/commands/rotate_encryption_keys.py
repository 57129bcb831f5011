"""Put what is encrypted at rest under the first key of RTC_ENCRYPTION_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.services import reencrypt_salts


class Command(BaseCommand):
    help = "Encrypt all kept secrets anew with the first key; then the older keys can go."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{reencrypt_salts()} secrets encrypted anew.")
