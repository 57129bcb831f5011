"""Delete used signatures and LiveRoom tokens that no rule needs any more."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.services import sweep_liveroom_tokens, sweep_used_signatures


class Command(BaseCommand):
    help = "Delete used signatures whose window is over, and tokens that expired 60 days ago."

    def handle(self, *args: Any, **options: Any) -> None:
        swept = sweep_used_signatures() + sweep_liveroom_tokens()
        self.stdout.write(f"{swept} rows deleted.")
