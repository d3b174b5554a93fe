from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import pytest
import pytest_asyncio
import uvloop

from tests.app.runtime.builders import House

LoopFactory = Callable[[], asyncio.AbstractEventLoop]

ON_BOTH_LOOPS = {"test_calls", "test_deadlines", "test_streams", "test_swap"}


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, LoopFactory]:
    factories: dict[str, LoopFactory] = {"asyncio": asyncio.SelectorEventLoop}
    if item.path.stem in ON_BOTH_LOOPS:
        factories["uvloop"] = uvloop.new_event_loop
    return factories


@pytest_asyncio.fixture
async def house() -> AsyncIterator[House]:
    """A house in which no call may be left when the test ends."""
    async with House() as house:
        yield house
        assert list(house.sweep.under_way()) == []
