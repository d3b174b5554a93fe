"""Idempotency keys: one effect and one answer, however often and however concurrently a command comes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any, Protocol

import pytest
from msgspec import Meta
from sqlalchemy import text

from app.data.database import ModuleDatabase
from app.data.repeat import Repeater
from contracts.kit import (
    Actor,
    Conflict,
    Context,
    Error,
    InvalidArgument,
    Message,
    atomic,
    command,
    contract,
    contract_of,
    process,
)
from contracts.kit.context import current_holder, scope
from tests.app.data.conftest import value
from tests.databases import both_engines

pytestmark = both_engines


class Sum(Message):
    total: int
    at: Annotated[datetime, Meta(tz=True)]


class TooMuch(Error):
    """That is too much."""

    code = "shop.too_much"
    limit: int


class Undeclared(Error):
    """Nobody said so."""

    code = "shop.undeclared"


@contract(version=1)
class Shop(Protocol):
    @command(atomic, raises=(TooMuch,))
    async def add(self, amount: int, *, tags: frozenset[str] = frozenset()) -> Sum: ...

    @command(process, raises=(TooMuch,))
    async def place(self, amount: int) -> str: ...


Method = Callable[..., Awaitable[Any]]


async def keyed(
    database: ModuleDatabase, method: Method, *arguments: Any, key: str = "k", actor: str = "", operation: str = "add"
) -> Any:
    """Call as the pipeline does."""
    repeater = Repeater(database, f"shop.{operation}", contract_of(Shop).operations[operation])
    with scope(context=Context(actor=Actor(id=actor))) as frame:
        return await repeater(frame, key, method, arguments)


class Service:
    def __init__(self, database: ModuleDatabase) -> None:
        self.database = database
        self.calls = 0

    async def add(self, amount: int, *, tags: frozenset[str] = frozenset()) -> Sum:
        self.calls += 1
        async with self.database.write() as work:
            changed = text("UPDATE counter SET value = value + :v WHERE name = 'a' RETURNING value")
            total = (await work.session.execute(changed, {"v": amount})).scalar_one()
            if total > 100:
                raise TooMuch(limit=100)
            return Sum(total=total, at=datetime.now(UTC))


async def add(database: ModuleDatabase, amount: int = 1, **how: Any) -> Sum:
    total: Sum = await keyed(database, Service(database).add, amount, frozenset("xyz"), **how)
    return total


async def stored(database: ModuleDatabase) -> int:
    async with database.read() as session:
        return int((await session.execute(text("SELECT count(*) FROM freestone_keys"))).scalar_one())


async def test_a_repeated_command_gets_the_first_answer_and_has_no_second_effect(database: ModuleDatabase) -> None:
    first = await add(database, 5)
    assert await add(database, 5) == first
    assert await value(database) == 5


async def test_the_repetition_does_not_even_begin(database: ModuleDatabase) -> None:
    service = Service(database)
    for _ in range(3):
        await keyed(database, service.add, 1, frozenset())
    assert service.calls == 1


async def test_fifty_at_once_have_one_effect_and_one_answer(database: ModuleDatabase) -> None:
    answers = await asyncio.gather(*(add(database, 5) for _ in range(50)))
    assert answers == [answers[0]] * 50
    assert await value(database) == 5


async def test_keys_are_apart_by_actor_operation_and_key(database: ModuleDatabase) -> None:
    await add(database)
    await add(database, actor="ann")
    await add(database, actor="bob")
    await add(database, key="other")
    assert await value(database) == 4


async def test_the_same_key_with_other_arguments_is_a_conflict(database: ModuleDatabase) -> None:
    await add(database, 5)
    with pytest.raises(Conflict) as caught:
        await add(database, 6)
    assert caught.value == Conflict(operation="shop.add")
    assert await value(database) == 5


async def test_of_two_at_once_with_other_arguments_one_is_a_conflict(database: ModuleDatabase) -> None:
    results = await asyncio.gather(add(database, 5), add(database, 6), return_exceptions=True)
    assert sorted(type(each).__name__ for each in results) == ["Conflict", "Sum"]
    assert await value(database) in (5, 6)


async def test_a_declared_error_is_an_answer_too(database: ModuleDatabase) -> None:
    with pytest.raises(TooMuch):
        await add(database, 101)
    assert await value(database) == 0
    assert await stored(database) == 1
    with pytest.raises(TooMuch) as caught:
        await add(database, 101)
    assert caught.value == TooMuch(limit=100)
    with pytest.raises(Conflict):
        await add(database, 1)


async def test_a_declared_error_after_the_write_takes_the_effect_back(database: ModuleDatabase) -> None:
    async def regret(amount: int, *, tags: frozenset[str]) -> Sum:
        await Service(database).add(amount)
        raise TooMuch(limit=amount)

    for _ in range(2):
        with pytest.raises(TooMuch):
            await keyed(database, regret, 5, frozenset())
    assert (await value(database), await stored(database)) == (0, 1)


@pytest.mark.parametrize("failure", [ZeroDivisionError(), Undeclared(), asyncio.CancelledError()])
async def test_another_failure_stores_nothing_and_the_command_can_come_again(
    database: ModuleDatabase, failure: BaseException
) -> None:
    async def fail(amount: int, *, tags: frozenset[str]) -> Sum:
        total = await Service(database).add(amount)
        assert total.total == 5
        raise failure

    with pytest.raises(type(failure)):
        await keyed(database, fail, 5, frozenset("xyz"))
    assert (await value(database), await stored(database)) == (0, 0)
    assert not database.is_writing
    assert (await add(database, 5)).total == 5


async def test_effect_and_key_are_committed_together_after_the_result(database: ModuleDatabase) -> None:
    seen: list[tuple[int, int, str | None]] = []

    async def watched(amount: int, *, tags: frozenset[str]) -> Sum:
        total = await Service(database).add(amount)
        writing = current_holder().writing
        seen.append((await value(database), await stored(database), writing.module if writing else None))
        return total

    await keyed(database, watched, 5, frozenset("xyz"))
    assert seen == [(0, 0, "shop")]
    assert (await value(database), await stored(database), current_holder().writing) == (5, 1, None)


async def test_a_result_that_cannot_be_stored_has_no_effect(database: ModuleDatabase) -> None:
    async def strange(amount: int, *, tags: frozenset[str]) -> object:
        await Service(database).add(amount)
        return object()

    with pytest.raises(TypeError):
        await keyed(database, strange, 5, frozenset())
    assert (await value(database), await stored(database)) == (0, 0)


async def test_a_second_write_is_refused_by_name(database: ModuleDatabase) -> None:
    async def twice(amount: int, *, tags: frozenset[str]) -> Sum:
        await Service(database).add(amount)
        return await Service(database).add(amount)

    with pytest.raises(RuntimeError, match=r"shop\.add is atomic and opens a second write"):
        await keyed(database, twice, 5, frozenset())
    assert await value(database) == 0


async def test_a_command_that_writes_nothing_stores_its_key_all_the_same(database: ModuleDatabase) -> None:
    async def quiet(amount: int, *, tags: frozenset[str]) -> Sum:
        return Sum(total=amount, at=datetime.now(UTC))

    first = await keyed(database, quiet, 5, frozenset())
    assert await keyed(database, quiet, 5, frozenset()) == first


async def test_whoever_comes_second_to_the_write_is_answered_and_makes_no_amends(database: ModuleDatabase) -> None:
    both_here = asyncio.Barrier(2)
    amends: list[Exception] = []

    async def careful(amount: int, *, tags: frozenset[str]) -> Sum | None:
        await both_here.wait()
        try:
            return await Service(database).add(amount)
        except Exception as error:  # noqa: BLE001  # as careless code does
            amends.append(error)
            return None

    answers = await asyncio.gather(*(keyed(database, careful, 5, frozenset()) for _ in range(2)))
    assert answers[0] == answers[1]
    assert amends == []
    assert await value(database) == 5


async def test_even_one_that_swallows_everything_gets_the_first_answer(database: ModuleDatabase) -> None:
    both_here = asyncio.Barrier(2)

    async def greedy(amount: int, *, tags: frozenset[str]) -> Sum:
        await both_here.wait()
        for _ in range(2):
            with suppress(BaseException):
                return await Service(database).add(amount)
        return Sum(total=-1, at=datetime.now(UTC))

    answers = await asyncio.gather(*(keyed(database, greedy, 5, frozenset()) for _ in range(2)))
    assert answers[0] == answers[1]
    assert await value(database) == 5


async def test_one_that_writes_in_a_task_group_is_answered_too(database: ModuleDatabase) -> None:
    both_here = asyncio.Barrier(2)

    async def grouped(amount: int, *, tags: frozenset[str]) -> Sum:
        await both_here.wait()
        async with asyncio.TaskGroup() as group:
            adding = group.create_task(Service(database).add(amount))
        return adding.result()

    answers = await asyncio.gather(*(keyed(database, grouped, 5, frozenset()) for _ in range(2)))
    assert answers[0] == answers[1]
    assert await value(database) == 5


async def test_a_declared_error_that_came_second_gives_way_to_the_first_answer(database: ModuleDatabase) -> None:
    other_done = asyncio.Event()

    async def late(amount: int, *, tags: frozenset[str]) -> Sum:
        await other_done.wait()
        raise TooMuch(limit=1)

    waiting = asyncio.create_task(keyed(database, late, 5, frozenset("xyz")))
    await asyncio.sleep(0.01)
    first = await add(database, 5)
    other_done.set()
    assert await waiting == first


async def test_a_task_that_outlives_its_command_writes_on_its_own(database: ModuleDatabase) -> None:
    tasks: list[asyncio.Task[Sum]] = []
    over = asyncio.Event()

    async def later() -> Sum:
        current_holder()  # a holder with a snapshot of the frame, as the host's tasks have from the start
        await over.wait()
        return await Service(database).add(1)

    async def spawning(amount: int, *, tags: frozenset[str]) -> Sum:
        tasks.append(asyncio.create_task(later()))
        await asyncio.sleep(0)
        return await Service(database).add(amount)

    await keyed(database, spawning, 5, frozenset())
    over.set()
    await tasks[0]
    assert await value(database) == 6


@pytest.mark.parametrize(("amount", "tag"), [(1 << 64, "x"), (1, "\ud800")], ids=["too large", "half a character"])
async def test_arguments_that_cannot_be_encoded_are_refused(database: ModuleDatabase, amount: int, tag: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        await keyed(database, Service(database).add, amount, frozenset({tag}))
    assert caught.value.where == "shop.add"
    assert await stored(database) == 0


async def test_the_order_of_a_set_does_not_matter(database: ModuleDatabase) -> None:
    names = [f"tag{number}" for number in range(50)]
    for order in (names, names[::-1]):
        await keyed(database, Service(database).add, 5, frozenset(order))
    assert await value(database) == 5


async def test_an_atomic_command_cannot_begin_a_process(database: ModuleDatabase) -> None:
    async def confused(amount: int, *, tags: frozenset[str]) -> str:
        async with database.write() as work:
            return await work.begin("subject")

    with pytest.raises(RuntimeError, match=r"shop\.add is atomic; begin\(\) is for process commands"):
        await keyed(database, confused, 5, frozenset())
