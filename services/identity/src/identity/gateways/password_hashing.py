"""argon2id off the event loop, at most two at once: hashing is meant to be slow and must not starve other calls."""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from identity.domain.passwords import checked_password
from identity.gateways.common_passwords import common_passwords

_AT_ONCE = 2


class PasswordHashing:
    """Hashes and compares; an unknown person costs the same time as a known one."""

    def __init__(self, *, time_cost: int = 3, memory_mb: int = 64) -> None:
        self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_mb * 1024, parallelism=2)
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._nobody = self._hasher.hash("nobody has this password")

    def checked(self, password: str, *about: str, field: str = "password") -> str:
        """The password as it is hashed; refused when it is one that many people use, or that says who its person is."""
        return checked_password(password, *about, common=common_passwords(), field=field)

    async def hash(self, password: str) -> str:
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, password: str, hashed: str | None) -> bool:
        """Whether this is the password behind the hash; without a hash it takes as long and is never so."""
        async with self._turns:
            right = await asyncio.to_thread(self._verify, hashed or self._nobody, password)
        return right and hashed is not None

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False
