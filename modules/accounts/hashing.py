"""Passwords and argon2id (RFC 9106): off the event loop, and at the same cost for everybody."""

from __future__ import annotations

import secrets
from base64 import b64encode

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from contracts.kit import Blocking
from modules.accounts.domain.passwords import normalised
from modules.accounts.settings import AccountsSettings

LEAST_MEMORY_PER_LANE = 8
"""KiB (RFC 9106, section 3.1)."""


class Passwords:
    """Hashes and verifies passwords in threads, a few at a time.

    `ValueError` for parameters that argon2 does not take.
    """

    def __init__(self, blocking: Blocking, settings: AccountsSettings) -> None:
        lanes, memory = settings.argon2_parallelism, settings.argon2_memory
        if memory < LEAST_MEMORY_PER_LANE * lanes:
            raise ValueError(
                f"argon2_memory = {memory} is too little for argon2_parallelism = {lanes}: "
                f"each lane takes at least {LEAST_MEMORY_PER_LANE} KiB."
            )
        self._blocking = blocking
        self._hasher = PasswordHasher(settings.argon2_time_cost, memory, lanes)
        self._nobodys = _random_hash(self._hasher)

    async def hash(self, password: str) -> str:
        """Return a hash to be stored."""
        return await self._blocking.run(self._hasher.hash, normalised(password))

    async def verify(self, known: str | None, password: str) -> bool:
        """Say whether a password belongs to a hash; for an unknown account, None, it takes as long to say no."""
        return await self._blocking.run(self._verify, known or self._nobodys, normalised(password))

    def is_outdated(self, known: str) -> bool:
        """Say whether a hash was made with other parameters than the present ones."""
        return self._hasher.check_needs_rehash(known)

    def _verify(self, known: str, password: bytes) -> bool:
        try:
            return self._hasher.verify(known, password)
        except VerifyMismatchError:
            return False


def _random_hash(hasher: PasswordHasher) -> str:
    """Make up a hash with a hasher's parameters, without its work: no password is known to belong to it."""
    salt, digest = (_encoded(secrets.token_bytes(size)) for size in (hasher.salt_len, hasher.hash_len))
    return f"$argon2id$v=19$m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}${salt}${digest}"


def _encoded(value: bytes) -> str:
    return b64encode(value).decode().rstrip("=")
