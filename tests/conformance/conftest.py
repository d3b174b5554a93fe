"""The stages; everything runs on one loop.

Each is opened once for all suites that need the same modules; but those on PostgreSQL for one suite, since a server
has only so many connections.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from tests.conformance.process import process_stage
from tests.conformance.stage import Stage, direct_stage, fake_stage, postgresql_stage, strict_stage

Opening = Callable[[str, tuple[str, ...]], Awaitable[Stage]]

STAGES: Mapping[str, Callable[[tuple[str, ...], Path], AbstractAsyncContextManager[Stage]]] = {
    "direct": direct_stage,
    "strict": strict_stage,
    "process": process_stage,
    "fake": fake_stage,
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let every suite run on the loop on which its stage was opened."""
    for item in items:
        if item.path.parent == Path(__file__).parent and "stage" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def opening(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Opening]:
    """Opens stages, and closes them when all suites are over."""
    stages: dict[tuple[str, tuple[str, ...]], Stage] = {}
    async with AsyncExitStack() as stack:

        async def open_stage(name: str, modules: tuple[str, ...]) -> Stage:
            if (name, modules) not in stages:
                folder = tmp_path_factory.mktemp(name)
                stages[name, modules] = await stack.enter_async_context(STAGES[name](modules, folder))
            return stages[name, modules]

        yield open_stage


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=[*STAGES, "postgresql"])
async def stage(
    request: pytest.FixtureRequest, opening: Opening, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stage]:
    """A stage with the modules that the suite names as ``MODULES``."""
    modules = request.module.MODULES
    if request.param in STAGES:
        yield await opening(request.param, modules)
        return
    async with postgresql_stage(modules, tmp_path_factory.mktemp(request.param)) as opened:
        yield opened
