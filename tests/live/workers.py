"""`manage.py worker` processes, to be stopped and killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from django.conf import settings

PRINTED = "workers.txt"


class WorkerProcess:
    """One worker, known by its pid in what it holds."""

    def __init__(self, state: Path, database_url: str) -> None:
        self._output = (state / PRINTED).open("a")
        own = {"DATABASE_URL": database_url, "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "worker"],
            cwd=settings.BASE_DIR, env=os.environ | own, stdout=self._output, stderr=self._output,
        )  # fmt: skip

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        if self.process.poll() is None:
            self.kill()
        self._output.close()


def eventually(holds, seconds=40):
    """What `holds` returns as soon as it is true."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.05)
    return found
