"""What the machine plays with: a loop, a template to copy stores from, and how much is to be played."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import pytest

from app.runtime.part import Part
from tests.model.player import Opened, Opening
from tests.model.system import copied, make_template

IS_FULL = os.environ.get("FREESTONE_TEST_CRASH") == "full"
"""Whether as much is played as on a developer's request, other examples every time; or little, and always the same."""

Stores = Callable[..., Opening]


@pytest.fixture(scope="session")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """The loop on which all these stores run."""
    with asyncio.Runner() as runner:
        yield runner.get_loop()


@pytest.fixture(scope="session")
def template(loop: asyncio.AbstractEventLoop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the assortment."""
    folder = tmp_path_factory.mktemp("template") / "data"
    loop.run_until_complete(make_template(folder))
    return folder


@pytest.fixture
def stores(template: Path, tmp_path: Path) -> Stores:
    """Returns how a new store is opened in this process, for each example."""
    numbers = count(1)

    def open_stores(*, strict: bool = False, change: Callable[[list[Part]], list[Part]] = list) -> Opening:
        @asynccontextmanager
        async def opening() -> AsyncIterator[Opened]:
            async with copied(template, tmp_path / f"data-{next(numbers)}", strict=strict, change=change) as system:
                yield Opened(system, "")

        return opening

    return open_stores
