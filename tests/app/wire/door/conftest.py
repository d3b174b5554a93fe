from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.app.runtime.builders import House, until


@pytest_asyncio.fixture
async def house() -> AsyncIterator[House]:
    """A house in which every call comes to an end when the test does."""
    async with House() as house:
        yield house
        await until(lambda: not list(house.sweep.under_way()))
