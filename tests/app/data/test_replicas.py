"""One key, several replicas: who comes while the first is under way waits for it, as long as its caller does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import text

from app.data.database import ModuleDatabase
from app.data.place import Place
from tests.app.data.conftest import value
from tests.app.data.test_process import Saga
from tests.app.data.test_repeat import Service, keyed
from tests.databases import both_engines

pytestmark = both_engines

Buy = Callable[[ModuleDatabase], Awaitable[Any]]


async def add(database: ModuleDatabase) -> Any:
    return await keyed(database, Service(database).add, 5, frozenset("xyz"))


async def place(database: ModuleDatabase) -> Any:
    return await keyed(database, Saga(database).place, 9, operation="place")


@asynccontextmanager
async def another(database: ModuleDatabase) -> AsyncIterator[ModuleDatabase]:
    """Open the same database once more."""
    opened = await ModuleDatabase.open(database.place, migrations=None)
    try:
        yield opened
    finally:
        await opened.close()


def elsewhere(where: Place, buy: Buy, times: int, start: threading.Barrier) -> list[Any]:
    """Buy so many times at once in an event loop of its own, which is to others what another process is."""

    async def run() -> list[Any]:
        opened = await ModuleDatabase.open(where, migrations=None)
        try:
            await asyncio.to_thread(start.wait, 30)
            return await asyncio.gather(*(buy(opened) for _ in range(times)))
        finally:
            await opened.close()

    return asyncio.run(run())


@pytest.mark.parametrize("buy", [add, place])
async def test_fifty_at_once_to_two_replicas_have_one_effect_and_one_answer(database: ModuleDatabase, buy: Buy) -> None:
    start = threading.Barrier(2)
    replicas = (asyncio.to_thread(elsewhere, database.place, buy, 25, start) for _ in range(2))
    answers = [answer for found in await asyncio.gather(*replicas) for answer in found]
    assert answers == [answers[0]] * 50
    async with database.read() as session:
        assert await session.scalar(text("SELECT count(*) FROM counter")) == (2 if buy is add else 3)
    assert await value(database) == (5 if buy is add else 50)


@pytest.mark.parametrize("buy", [add, place])
async def test_fifty_at_once_to_two_instances_in_one_process_too(database: ModuleDatabase, buy: Buy) -> None:
    async with another(database) as second:
        answers = await asyncio.gather(*(buy((database, second)[number % 2]) for number in range(50)))
    assert answers == [answers[0]] * 50
    assert await value(database) == (5 if buy is add else 50)


async def test_who_waits_for_one_under_way_gets_its_answer(database: ModuleDatabase) -> None:
    writing, go_on = asyncio.Event(), asyncio.Event()

    async def slow(amount: int, *, tags: frozenset[str]) -> object:
        total = await Service(database).add(amount)
        writing.set()
        await go_on.wait()
        return total

    async with another(database) as second:
        first = asyncio.create_task(keyed(database, slow, 5, frozenset("xyz")))
        await writing.wait()
        waiting = asyncio.create_task(add(second))
        await asyncio.sleep(0.02)
        assert not waiting.done()
        go_on.set()
        assert await waiting == await first
    assert await value(database) == 5


async def test_whose_deadline_ends_first_has_changed_nothing_and_is_answered_when_it_comes_again(
    database: ModuleDatabase,
) -> None:
    writing, go_on = asyncio.Event(), asyncio.Event()

    async def slow(amount: int, *, tags: frozenset[str]) -> object:
        total = await Service(database).add(amount)
        writing.set()
        await go_on.wait()
        return total

    async def in_time(work: Coroutine[Any, Any, Any]) -> Any:
        async with asyncio.timeout(0.02):
            return await work

    async with another(database) as second:
        first = asyncio.create_task(keyed(database, slow, 5, frozenset("xyz")))
        await writing.wait()
        with pytest.raises(TimeoutError):
            await in_time(add(second))
        go_on.set()
        assert await add(second) == await first
    assert await value(database) == 5


async def test_where_the_first_gives_up_the_one_that_waits_does_it(database: ModuleDatabase) -> None:
    writing = asyncio.Event()

    async def hopeless(amount: int, *, tags: frozenset[str]) -> object:
        await Service(database).add(amount)
        writing.set()
        return await asyncio.Event().wait()

    async with another(database) as second:
        first = asyncio.create_task(keyed(database, hopeless, 5, frozenset("xyz")))
        await writing.wait()
        waiting = asyncio.create_task(add(second))
        await asyncio.sleep(0.02)
        first.cancel()
        assert (await waiting).total == 5
    assert first.cancelled()
    assert await value(database) == 5


@pytest.mark.parametrize(
    "key",
    ["", " ", "x" * 200, "x" * 201, "x" * 100_000, "\0", "a\0b", "\n", "ž🐎", "\ud800", "sha256:", "é", "e\u0301"],
    ids=lambda key: ascii(key[:8]) + str(len(key)),
)
async def test_any_key_is_a_key_of_its_own(database: ModuleDatabase, key: str) -> None:
    service = Service(database)
    for each in (key, key, f"{key}y", f"z{key}", key):
        await keyed(database, service.add, 1, frozenset(), key=each)
    assert await value(database) == 3
    async with database.read() as session:
        assert (await session.scalar(text("SELECT max(length(key)) FROM freestone_keys")) or 0) <= 200
