from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest

from tests.app.runtime.virtual import VirtualLoop

LoopFactory = Callable[[], asyncio.AbstractEventLoop]
AT_ONCE = ("test_attendance", "test_replica", "test_supervisor")
"""Files whose tests wait for seconds that pass at once."""


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, LoopFactory]:
    return {"virtual": VirtualLoop} if item.path.stem in AT_ONCE else {"asyncio": asyncio.SelectorEventLoop}
