"""The two ways that are compared, and the door."""

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
from tests.carriers.ways import Ways

_runs = count(1)
TIME = 60
"""Seconds for one test; see `tests/carriers/conftest.py`."""


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
    """In production, where nobody looks at what is passed."""
    async with Ways(production=True) as ways:
        yield ways


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def looked_at(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Carrier]:
    """Caller and kitchen in one host, with the guards of development."""
    async with Ways() as ways:
        yield await ways.open("direct", tmp_path_factory.mktemp)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def near(ways: Ways, tmp_path_factory: pytest.TempPathFactory) -> Carrier:
    """Caller and kitchen in one host."""
    return await ways.open("direct", tmp_path_factory.mktemp)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def far(ways: Ways, tmp_path_factory: pytest.TempPathFactory) -> Carrier:
    """Two hosts, and a Unix socket between them."""
    return await ways.open("unix", tmp_path_factory.mktemp)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def door(ways: Ways, tmp_path_factory: pytest.TempPathFactory) -> Carrier:
    """Two hosts, and HTTP with JSON between them."""
    return await ways.open("http", tmp_path_factory.mktemp)


@pytest.fixture
def local(near: Carrier) -> Kitchen:
    """The kitchen in the caller's own process."""
    return near.proxy(Kitchen)


@pytest.fixture
def guarded(looked_at: Carrier, expects_violations: list[str]) -> Kitchen:
    """The kitchen in the caller's own process, in development."""
    return looked_at.proxy(Kitchen)


@pytest.fixture
def remote(far: Carrier) -> Kitchen:
    """The kitchen in another host."""
    return far.proxy(Kitchen)


@pytest.fixture
def http(door: Carrier) -> Kitchen:
    """The kitchen in another host, by HTTP."""
    return door.proxy(Kitchen)


@pytest.fixture
def run() -> str:
    """What belongs to this test alone."""
    return f"run {next(_runs)}"
