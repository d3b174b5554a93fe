"""The orders over a database of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contracts.orders import Orders
from tests.modules.doubles import opened
from tests.modules.orders.stand import Stand


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    async with opened("orders", tmp_path, Orders) as database:
        yield Stand(database)
