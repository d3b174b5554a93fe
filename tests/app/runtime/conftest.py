from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping

import pytest
import pytest_asyncio
import uvloop

from tests.app.runtime.builders import House, until
from tests.app.runtime.virtual import VirtualLoop

LoopFactory = Callable[[], asyncio.AbstractEventLoop]

ON_ITS_CLOCK: Mapping[str, LoopFactory] = {"asyncio": asyncio.SelectorEventLoop, "uvloop": uvloop.new_event_loop}
AT_ONCE: Mapping[str, LoopFactory] = {"virtual": VirtualLoop, "uvloop": uvloop.new_event_loop}
LOOPS = {
    "test_calls": ON_ITS_CLOCK,
    "test_failures": ON_ITS_CLOCK,
    "test_swap": ON_ITS_CLOCK,
    "test_deadlines": AT_ONCE,
    "test_streams": AT_ONCE,
    "test_stream_ends": AT_ONCE,
    "test_tasks": AT_ONCE,
}
"""On which loops the tests of a file run; those of the others run on the ordinary one."""


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, LoopFactory]:
    return LOOPS.get(item.path.stem, {"asyncio": asyncio.SelectorEventLoop})


@pytest_asyncio.fixture
async def house(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """A house in which every call comes to an end when the test does."""
    loop = asyncio.get_running_loop()
    if isinstance(loop, VirtualLoop):
        monkeypatch.setattr(time, "monotonic_ns", loop.time_ns)
    async with House() as house:
        yield house
        await until(lambda: not list(house.sweep.under_way()))
