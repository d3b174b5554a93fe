from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest
import uvloop

from tests.app.runtime.virtual import VirtualLoop

LoopFactory = Callable[[], asyncio.AbstractEventLoop]

BOTH: Mapping[str, LoopFactory] = {"asyncio": asyncio.SelectorEventLoop, "uvloop": uvloop.new_event_loop}
LOOPS: Mapping[str, Mapping[str, LoopFactory]] = {
    "test_connection": {"virtual": VirtualLoop},
    "test_faults": BOTH,
    "test_link": BOTH,
    "test_server": BOTH,
    "test_session": BOTH,
    "test_streams": BOTH,
}
"""On which loops the tests of a file run; those of the others run on the ordinary one."""


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, LoopFactory]:
    return LOOPS.get(item.path.stem, {"asyncio": asyncio.SelectorEventLoop})
