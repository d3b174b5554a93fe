"""The store's books, over modules that shop for real, and somebody who looks at them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.conformance.stage import direct_stage
from tests.modules.auditor.stand import MODULES, Stand


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stand(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stand]:
    """One store for all tests of a file: each buys for itself."""
    folder = tmp_path_factory.mktemp("books")
    async with direct_stage(MODULES, folder) as stage:
        yield Stand(stage, folder)
