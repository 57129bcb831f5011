"""`manage.py doctor`: finds what is wrong in operation, and says what to do."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import autodiscover_modules

from rtcserver.doctor import Probe, probes


class Command(BaseCommand):
    help = "Look at everything the server depends on; ends with 1 if something is wrong."
    requires_system_checks = ()  # it must run when they fail

    def handle(self, *args: Any, **options: Any) -> None:
        autodiscover_modules("probes")  # what only the doctor needs is loaded by nobody else
        faults = 0
        for probe in probes():
            found = _findings(probe)
            faults += len(found)
            self.stdout.write(f"{'ok   ' if not found else 'FAULT'} {probe.name}")
            for sentence in found:
                self.stdout.write(f"      {sentence}")
        if faults:
            raise CommandError(f"{faults} found.")


def _findings(probe: Probe) -> list[str]:
    try:
        return list(probe.run())
    except Exception as fault:  # noqa: BLE001 (whatever a dependency raises is a finding)
        return [f"It cannot be looked at ({type(fault).__name__})."]
