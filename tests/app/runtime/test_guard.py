"""No module calls another inside its own write transaction, and who does is told both lines."""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from app.data.database import ModuleDatabase
from app.data.sqlite_place import SqliteFile
from app.runtime.guard import TransactionGuard
from contracts.kit.context import current_holder
from contracts.kit.writing import Writing
from tests.app.runtime.builders import Bound, Errand, House

pytestmark = pytest.mark.usefixtures("expects_violations")


@pytest_asyncio.fixture
async def cart(house: House, tmp_path: Path) -> AsyncIterator[ModuleDatabase]:
    """The database of a module."""
    database = await ModuleDatabase.open(SqliteFile("cart", tmp_path), migrations=None)
    yield database
    await database.close()


@pytest.fixture
def guard() -> TransactionGuard:
    return TransactionGuard(production=False)


@pytest.fixture
def bound(house: House, guard: TransactionGuard) -> Bound[Errand]:
    return house.errand(guard=guard)


def line(offset: int = 0) -> str:
    """Return the line so many below the one that calls this."""
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return f"tests/app/runtime/test_guard.py:{frame.f_back.f_lineno + offset}"


@contextmanager
def refused(*lines: str) -> Iterator[None]:
    """Expect the guard's sentence, with these lines in their order."""
    with pytest.raises(RuntimeError, match=".*".join(map(re.escape, ("cart calls errand.", *lines)))):
        yield


async def test_the_sentence_names_the_call_and_the_write(cart: ModuleDatabase, bound: Bound[Errand]) -> None:
    opened = line(1)
    async with cart.write():
        with refused("run inside its own write transaction (at ", line(1), ", in the write() at ", opened, "before"):
            await bound.proxy.run()
    assert await bound.proxy.run() == "done"


async def test_streams_are_neither_begun_nor_read_on(cart: ModuleDatabase, bound: Bound[Errand]) -> None:
    begun = bound.proxy.flow()
    assert await anext(begun) == 0
    async with cart.write():
        for stream in (bound.proxy.flow(), begun):
            with refused("flow", line(1)):
                await anext(stream)
    assert await anext(begun) == 1


Start = Callable[[Errand], Awaitable[object]]


async def _call(errand: Errand) -> object:
    return await errand.run()


async def _in_a_group(errand: Errand) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_call(errand))
    except ExceptionGroup as group_error:
        raise group_error.exceptions[0] from None


CALL = "tests/app/runtime/test_guard.py:" + str(inspect.getsourcelines(_call)[1] + 1)


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(lambda errand: asyncio.create_task(_call(errand)), id="create_task"),
        pytest.param(lambda errand: asyncio.gather(_call(errand)), id="gather"),
        pytest.param(_in_a_group, id="TaskGroup"),
        pytest.param(lambda errand: asyncio.create_task(_in_a_group(errand)), id="a task's task"),
    ],
)
async def test_a_task_that_is_started_inside_is_inside(
    cart: ModuleDatabase, bound: Bound[Errand], start: Start
) -> None:
    opened = line(1)
    async with cart.write():
        with refused(CALL, opened):
            await start(bound.proxy)


async def test_a_call_that_is_a_task_itself_is_named_by_where_that_was_started(
    cart: ModuleDatabase, bound: Bound[Errand]
) -> None:
    opened = line(1)
    async with cart.write():
        with refused("(in a task started at ", line(1), opened):
            await asyncio.gather(bound.proxy.run())


async def test_a_task_that_outlives_the_block_may_call(
    cart: ModuleDatabase, bound: Bound[Errand], guard: TransactionGuard
) -> None:
    over = asyncio.Event()

    async def later() -> str:
        await over.wait()
        return await bound.proxy.run()

    async with cart.write():
        task = asyncio.create_task(later())
    over.set()
    assert await task == "done"
    assert guard.violations == 0


async def test_an_event_handler_is_said_to_be_one(house: House, bound: Bound[Errand]) -> None:
    current_holder().writing = Writing("cart")
    with refused("run", "in its event handler"):
        await bound.proxy.run()
    current_holder().writing = None


async def test_in_production_such_a_call_is_made_and_counted(
    house: House, cart: ModuleDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    guard = TransactionGuard(production=True)
    bound = house.errand(guard=guard)
    async with cart.write():
        called = line(1)
        assert await bound.proxy.run() == "done"
    assert guard.violations == 1
    assert called in caplog.text
