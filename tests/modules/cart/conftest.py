"""One stall a test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from contracts.cart import Carts
from tests.databases import Places
from tests.modules.cart.stall import Stall
from tests.modules.doubles import opened


@pytest.fixture
async def stall(places: Places) -> AsyncIterator[Stall]:
    async with opened("cart", places, Carts) as database:
        yield Stall(database)
