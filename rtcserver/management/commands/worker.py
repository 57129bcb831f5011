"""`manage.py worker`: sweeps in a process of their own."""

import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from rtcserver.worker import Worker, registered


class Command(BaseCommand):
    help = "Do what is due at intervals, together with any other process that does."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="one round, then end")

    def handle(self, *args: Any, **options: Any) -> None:
        worker = Worker()
        if options["once"]:
            self.stdout.write("\n".join(worker.run_due()))
            return
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_signal: worker.stop())
        names = ", ".join(sweep.name for sweep in registered())
        self.stdout.write(f"Working: {names}. Stop with Ctrl-C.")
        worker.run()
