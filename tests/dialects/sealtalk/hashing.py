"""A password hasher that counts how often it does the slow work."""

from accounts.hashers import PasswordHasher


class CountingHasher(PasswordHasher):
    verified = 0

    def verify(self, password, encoded):
        type(self).verified += 1
        return super().verify(password, encoded)
