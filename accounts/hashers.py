"""How secrets rest in the database: slow for what people choose, quick for what machines make."""

import hashlib
import secrets
from typing import Any

from django.contrib.auth.hashers import Argon2PasswordHasher, BasePasswordHasher
from django.utils.crypto import constant_time_compare


class PasswordHasher(Argon2PasswordHasher):
    """Argon2id with OWASP's memory-lean parameters: 19 MiB a login, not Django's 100 MiB."""

    time_cost = 2
    memory_cost = 19 * 1024  # KiB
    parallelism = 1


class SealTalkHasher(PasswordHasher):
    """A SealTalk server's SHA-1 of "password|salt", inside Argon2id.

    Its users table holds 40 hexadecimal digits and a salt of four; `wrap` takes them in
    without knowing the password. The first login replaces it by a plain Argon2id hash.
    """

    algorithm = "sealtalk_argon2"

    def wrap(self, sha1: str, salt: str) -> str:
        """Return the encoded password for a row of the original's users table."""
        inner = super().encode(sha1.lower(), PasswordHasher().salt())
        return f"{self.algorithm}${salt}${inner.partition('$')[2]}"

    def verify(self, password: str, encoded: str) -> bool:
        _algorithm, salt, rest = encoded.split("$", 2)
        said = hashlib.sha1(f"{password}|{salt}".encode(), usedforsecurity=False).hexdigest()
        return super().verify(said, f"{self.algorithm}${rest}")

    def decode(self, encoded: str) -> dict[str, Any]:
        algorithm, _salt, rest = encoded.split("$", 2)
        return super().decode(f"{algorithm}${rest}")

    def must_update(self, encoded: str) -> bool:
        return True

    def harden_runtime(self, password: str, encoded: str) -> None:
        """The work is the same as for a hash of our own."""


class MachineSecretHasher(BasePasswordHasher):
    """One salted SHA-256 round, only for secrets of 256 random bits made by `new_secret`.

    Nobody can guess such a secret, so stretching it would only burn CPU at the token endpoint.
    """

    algorithm = "machine_secret"

    def salt(self) -> str:
        return secrets.token_hex(16)

    def encode(self, password: str, salt: str) -> str:
        digest = hashlib.sha256(f"{salt}{password}".encode()).hexdigest()
        return f"{self.algorithm}${salt}${digest}"

    def verify(self, password: str, encoded: str) -> bool:
        salt = encoded.split("$")[1]
        return constant_time_compare(encoded, self.encode(password, salt))

    def decode(self, encoded: str) -> dict[str, str]:
        algorithm, salt, digest = encoded.split("$")
        return {"algorithm": algorithm, "salt": salt, "hash": digest}

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        return {"algorithm": self.algorithm}

    def must_update(self, encoded: str) -> bool:
        return False

    def harden_runtime(self, password: str, encoded: str) -> None:
        """One round costs nothing worth hiding."""


def new_secret() -> str:
    """Return 64 hexadecimal digits (256 bits); plain enough for every SDK's Basic header."""
    return secrets.token_hex(32)


def checksum(token: str) -> str:
    """The SHA-256 under which a machine-made token is stored and found again."""
    return hashlib.sha256(token.encode()).hexdigest()
