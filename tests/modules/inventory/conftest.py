"""The stock over a database of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contracts.inventory import Inventory
from tests.modules.doubles import opened
from tests.modules.inventory.stand import Stand


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    async with opened("inventory", tmp_path, Inventory) as database:
        yield Stand(database)
