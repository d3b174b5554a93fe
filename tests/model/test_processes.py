"""The store as processes that are killed, held against the same model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import pytest

from tests.model.conftest import IS_FULL
from tests.model.goods import wares
from tests.model.machine import Size, play
from tests.model.player import Opened
from tests.model.process import processes
from tests.model.system import furnish

SIZE = Size(25, 50, deaths=3, is_free=True, shrinks=False) if IS_FULL else Size(2, 25, shrinks=False)
"""What fails over processes is not made smaller, which would take an hour."""


@pytest.mark.timeout(3600 if IS_FULL else 300)
def test_the_store_does_what_the_model_says_although_its_processes_die(
    loop: asyncio.AbstractEventLoop, tmp_path: Path
) -> None:
    numbers, store = count(1), processes(tmp_path)
    system = loop.run_until_complete(store.__aenter__())

    @asynccontextmanager
    async def opening() -> AsyncIterator[Opened]:
        tag = f"T{next(numbers)}-"
        await furnish(system, wares(tag))
        yield Opened(system, tag)

    try:
        play(loop, opening, SIZE)
    finally:
        loop.run_until_complete(store.__aexit__(None, None, None))
