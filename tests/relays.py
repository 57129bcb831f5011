"""A TURN server of a test's own."""

import shutil
import subprocess
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.servers import free_port


class Certificate:
    """For 127.0.0.1, signed by nobody but itself, until so many days from now."""

    def __init__(self, folder: Path, days: int) -> None:
        self.path, self.key_path = folder / "certificate.pem", folder / "key.pem"
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tests")])
        address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=30))
        builder = builder.not_valid_after(now + timedelta(days=days))
        signed = builder.add_extension(address, critical=False).sign(key, hashes.SHA256())
        self.path.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        self.key_path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )


class Relay:
    """A coturn on loopback, as docs/calls.md configures it; loopback peers are for tests alone.

    With a certificate it speaks TLS, too, on `tls_port`.
    """

    def __init__(self, folder: Path, secret: str, certificate: Certificate | None = None) -> None:
        self.port, self.tls_port = free_port(), free_port()
        self._printed = folder / "output.txt"
        tls = ["--no-tls"]
        if certificate:
            files = [f"--cert={certificate.path}", f"--pkey={certificate.key_path}"]
            tls = [f"--tls-listening-port={self.tls_port}", *files]
        self._command = [
            shutil.which("turnserver"), "-n", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1",
            f"--listening-port={self.port}", "--use-auth-secret", f"--static-auth-secret={secret}",
            "--realm=tests", *tls, "--no-dtls", "--no-cli", "--min-port=49160",
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
