"""A `process` command under a key: it begins once, and its subject's row answers; or its refusal does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import text

from app.data.database import ModuleDatabase
from contracts.kit import Conflict
from tests.app.data.conftest import value
from tests.app.data.test_repeat import TooMuch, Undeclared, keyed, stored
from tests.databases import both_engines

pytestmark = both_engines


class Saga:
    """Places orders: the first transaction ties the key to the order's row. More than ``limit`` are refused, before
    that transaction or in it."""

    def __init__(self, database: ModuleDatabase, limit: int = 100) -> None:
        self.database = database
        self.limit = limit
        self.calls = 0

    async def place(self, amount: int) -> str:
        self.calls += 1
        async with self.database.write() as work:
            number = (await work.session.execute(text("SELECT count(*) FROM counter"))).scalar_one()
            mine = f"order{number}"
            subject = await work.begin(mine)
            if subject == mine:
                if amount > self.limit:
                    raise TooMuch(limit=self.limit)
                insert = text("INSERT INTO counter VALUES (:name, :value)")
                await work.session.execute(insert, {"name": subject, "value": amount})
        async with self.database.write() as work:
            await work.session.execute(text("UPDATE counter SET value = value + 1 WHERE name = 'a'"))
        return subject


async def run(database: ModuleDatabase, method: Callable[[int], Awaitable[str]], amount: int = 9, **how: Any) -> str:
    subject: str = await keyed(database, method, amount, operation="place", **how)
    return subject


async def place(database: ModuleDatabase, amount: int, **how: Any) -> str:
    return await run(database, Saga(database).place, amount, **how)


async def test_a_process_begins_once_and_later_arrivals_find_its_subject(database: ModuleDatabase) -> None:
    subjects = await asyncio.gather(*(place(database, 9) for _ in range(20)))
    assert set(subjects) == {"order2"}
    assert await place(database, 9, key="other") == "order3"
    assert await value(database) == 21


async def test_a_process_with_other_arguments_is_a_conflict(database: ModuleDatabase) -> None:
    await place(database, 9)
    with pytest.raises(Conflict):
        await place(database, 10)


async def test_a_process_that_fails_in_its_first_transaction_can_begin_again(database: ModuleDatabase) -> None:
    async def fail(amount: int) -> str:
        async with database.write() as work:
            await work.begin("lost")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await keyed(database, fail, 9, operation="place")
    assert await place(database, 9) == "order2"


async def test_without_a_key_every_process_is_a_new_one(database: ModuleDatabase) -> None:
    assert [await Saga(database).place(1), await Saga(database).place(1)] == ["order2", "order3"]


async def test_a_refusal_before_anything_began_is_the_keys_answer(database: ModuleDatabase) -> None:
    strict, lenient = Saga(database, limit=5), Saga(database)
    with pytest.raises(TooMuch) as refusal:
        await run(database, strict.place)
    with pytest.raises(TooMuch) as again:
        await run(database, lenient.place)
    assert again.value == refusal.value == TooMuch(limit=5)
    assert (strict.calls, lenient.calls, await value(database)) == (1, 0, 0)
    with pytest.raises(Conflict):
        await run(database, lenient.place, 4)
    assert await run(database, lenient.place, key="other") == "order2"


async def test_a_refusal_after_it_began_is_left_to_its_row(database: ModuleDatabase) -> None:
    saga = Saga(database)

    async def declined(amount: int) -> str:
        await saga.place(amount)
        raise TooMuch(limit=saga.calls)

    for expected in (1, 2):
        with pytest.raises(TooMuch) as refusal:
            await run(database, declined)
        assert refusal.value.limit == expected
    async with database.read() as session:
        assert await session.scalar(text("SELECT subject FROM freestone_keys")) == "order2"


@pytest.mark.parametrize("failure", [ZeroDivisionError(), Undeclared(), asyncio.CancelledError()])
async def test_another_failure_before_anything_began_is_no_answer(
    database: ModuleDatabase, failure: BaseException
) -> None:
    async def fail(amount: int) -> str:
        raise failure

    with pytest.raises(type(failure)):
        await run(database, fail)
    assert await stored(database) == 0
    assert await run(database, Saga(database).place) == "order2"


async def test_a_refusal_gives_way_to_one_that_began_meanwhile(database: ModuleDatabase) -> None:
    async def refused_at_first(amount: int) -> str:
        if not refusals:
            refusals.append(await place(database, amount))  # another arrival, which is through before this one
            raise TooMuch(limit=0)
        return await Saga(database).place(amount)

    refusals: list[str] = []
    assert await run(database, refused_at_first) == "order2"
    assert refusals == ["order2"]


async def test_one_that_finds_a_refusal_when_it_begins_gives_that(database: ModuleDatabase) -> None:
    async def overtaken(amount: int) -> str:
        with pytest.raises(TooMuch):
            await run(database, Saga(database, limit=5).place, amount)
        return await Saga(database).place(amount)

    with pytest.raises(TooMuch) as refusal:
        await run(database, overtaken)
    assert refusal.value == TooMuch(limit=5)
    assert await value(database) == 0


async def test_fifty_of_which_some_would_be_refused_get_one_answer(database: ModuleDatabase) -> None:
    sagas = [Saga(database, limit=5 if number % 2 else 100) for number in range(50)]
    answers = await asyncio.gather(*(run(database, saga.place) for saga in sagas), return_exceptions=True)
    assert len({str(answer) for answer in answers}) == 1
    assert await value(database, "a") == (0 if isinstance(answers[0], TooMuch) else 50)
    assert await stored(database) == 1


async def test_a_first_write_that_does_not_begin_is_refused_by_name(database: ModuleDatabase) -> None:
    async def forgetful(amount: int) -> str:
        async with database.write() as work:
            await work.session.execute(text("UPDATE counter SET value = 1 WHERE name = 'a'"))
        return "order"

    with pytest.raises(RuntimeError, match=r"shop\.place is a process; call begin\(\) in its first write\(\)"):
        await run(database, forgetful)
    assert await value(database) == 0
