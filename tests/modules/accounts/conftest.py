"""One desk a test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from argon2 import Parameters, PasswordHasher, extract_parameters

from contracts.accounts import Accounts
from tests.databases import Places
from tests.modules.accounts.desk import Desk
from tests.modules.doubles import opened


@pytest.fixture
async def desk(places: Places) -> AsyncIterator[Desk]:
    async with opened("accounts", places, Accounts) as database:
        yield Desk(database)


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[Parameters]:
    """The parameters of every hash that argon2 has verified a password against."""
    seen: list[Parameters] = []
    verify = PasswordHasher.verify

    def noting(self: PasswordHasher, known: str | bytes, password: str | bytes) -> bool:
        seen.append(extract_parameters(known if isinstance(known, str) else known.decode()))
        return verify(self, known, password)

    monkeypatch.setattr(PasswordHasher, "verify", noting)
    return seen
