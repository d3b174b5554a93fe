"""One stall a test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contracts.cart import Carts
from tests.modules.cart.stall import Stall
from tests.modules.doubles import opened


@pytest.fixture
async def stall(tmp_path: Path) -> AsyncIterator[Stall]:
    async with opened("cart", tmp_path, Carts) as database:
        yield Stall(database)
