"""A TURN server of a test's own."""

import shutil
import subprocess
import time
from pathlib import Path

from tests.servers import free_port


class Relay:
    """A coturn on loopback, as docs/calls.md configures it; loopback peers are for tests alone."""

    def __init__(self, folder: Path, secret: str) -> None:
        self.port, self._printed = free_port(), folder / "output.txt"
        self._command = [
            shutil.which("turnserver"), "-n", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1",
            f"--listening-port={self.port}", "--use-auth-secret", f"--static-auth-secret={secret}",
            "--realm=tests", "--no-tls", "--no-dtls", "--no-cli", "--min-port=49160",
            "--max-port=49260", "--allow-loopback-peers", f"--userdb={folder / 'db'}",
            f"--pidfile={folder / 'pid'}", "--log-file=stdout", "--simple-log",
        ]  # fmt: skip

    def __enter__(self) -> "Relay":
        self.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.kill()

    def start(self) -> None:
        with self._printed.open("a") as output:
            self._process = subprocess.Popen(self._command, stdout=output, stderr=subprocess.STDOUT)
        time.sleep(0.5)
        assert self._process.poll() is None, self._printed.read_text()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
