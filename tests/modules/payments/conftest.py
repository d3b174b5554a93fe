"""The payments over a database of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contracts.payments import Payments
from tests.modules.doubles import opened
from tests.modules.payments.stand import Stand


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    async with opened("payments", tmp_path, Payments) as database:
        yield Stand(database)
