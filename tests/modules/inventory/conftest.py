"""The stock over a database of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from contracts.inventory import Inventory
from tests.databases import Places
from tests.modules.doubles import opened
from tests.modules.inventory.stand import Stand


@pytest.fixture
async def stand(places: Places) -> AsyncIterator[Stand]:
    async with opened("inventory", places, Inventory) as database:
        yield Stand(database)
