"""The carriers, made once a session each, and on one loop: what they promise, they promise for long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio
import uvloop

from tests.carriers.carriers import Carrier
from tests.carriers.kitchen import Kitchen
from tests.carriers.ways import WAYS, Ways

_runs = count(1)
TIME = 60
"""Seconds for one test. By a thread that ends the process, since uvloop does not let a signal end a wait."""


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"uvloop": uvloop.new_event_loop}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(TIME, method="thread"))


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def ways() -> AsyncIterator[Ways]:
    """The ways that are open; they stay so for the tests of the next file."""
    async with Ways() as ways:
        yield ways


@pytest_asyncio.fixture(loop_scope="session", scope="session", params=WAYS)
async def carrier(request: pytest.FixtureRequest, ways: Ways, tmp_path_factory: pytest.TempPathFactory) -> Carrier:
    """A way to the kitchen."""
    return await ways.open(request.param, tmp_path_factory.mktemp)


@pytest.fixture(scope="session")
def kitchen(carrier: Carrier) -> Kitchen:
    """The kitchen, as a module sees it that needs it."""
    return carrier.proxy(Kitchen)


@pytest.fixture
def run() -> str:
    """What belongs to this test alone, in a kitchen that many share."""
    return f"run {next(_runs)}"
