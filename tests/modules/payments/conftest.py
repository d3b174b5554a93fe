"""The payments over a database of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from contracts.payments import Payments
from tests.databases import Places
from tests.modules.doubles import opened
from tests.modules.payments.stand import Stand


@pytest.fixture
async def stand(places: Places) -> AsyncIterator[Stand]:
    async with opened("payments", places, Payments) as database:
        yield Stand(database)
