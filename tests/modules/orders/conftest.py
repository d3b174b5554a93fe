"""The orders over a database of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from contracts.orders import Orders
from tests.databases import Places
from tests.modules.doubles import opened
from tests.modules.orders.stand import Stand


@pytest.fixture
async def stand(places: Places) -> AsyncIterator[Stand]:
    async with opened("orders", places, Orders) as database:
        yield Stand(database)
