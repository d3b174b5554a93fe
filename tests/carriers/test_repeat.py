"""A command under a key has one effect and one answer, however often it comes, and from wherever."""

from __future__ import annotations

import asyncio

import pytest

from contracts.kit import Conflict, Role, idempotency_key
from tests.carriers.carriers import Carrier
from tests.carriers.kitchen import Kitchen
from tests.carriers.values import Spilt

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_plain_command_is_executed_as_often_as_it_is_called(kitchen: Kitchen, run: str) -> None:
    assert [await kitchen.ring(run), await kitchen.ring(run)] == [1, 2]
    with idempotency_key(run):
        assert [await kitchen.ring(run), await kitchen.ring(run)] == [3, 4]


async def test_without_a_key_each_call_is_another(kitchen: Kitchen, run: str) -> None:
    first, second = await kitchen.store(run, 2), await kitchen.store(run, 2)
    assert (first.total, second.total) == (2, 4)
    assert await kitchen.cook(run, "soup") != await kitchen.cook(run, "soup")
    assert await kitchen.stored(run) == 4 + 2


async def test_the_same_key_has_the_first_answer(kitchen: Kitchen, run: str) -> None:
    with idempotency_key(f"store {run}"):
        first = await kitchen.store(run)
        assert await kitchen.store(run, 1) == await kitchen.store(run=run, spill=False) == first
    with idempotency_key(f"cook {run}"):
        dish = await kitchen.cook(run, "soup")
        assert await kitchen.cook(run, name="soup") == dish
    assert await kitchen.stored(run) == 1 + 1


async def test_the_same_key_with_other_arguments_is_a_conflict(kitchen: Kitchen, run: str) -> None:
    with idempotency_key(f"store {run}"):
        await kitchen.store(run)
        with pytest.raises(Conflict) as caught:
            await kitchen.store(run, 2)
    assert caught.value == Conflict(operation="kitchen_sink.store")
    with idempotency_key(f"cook {run}"):
        await kitchen.cook(run, "soup")
        with pytest.raises(Conflict) as caught:
            await kitchen.cook(run, "stew")
    assert caught.value == Conflict(operation="kitchen_sink.cook")
    assert await kitchen.stored(run) == 1 + 1


async def test_a_declared_error_is_an_answer_too(kitchen: Kitchen, run: str) -> None:
    with idempotency_key(run):
        for _ in range(2):
            with pytest.raises(Spilt):
                await kitchen.store(run, spill=True)
        with pytest.raises(Conflict):
            await kitchen.store(run)
    assert await kitchen.stored(run) == 0


async def test_several_at_once_have_one_effect(kitchen: Kitchen, run: str) -> None:
    with idempotency_key(f"store {run}"):
        stored = await asyncio.gather(*(kitchen.store(run, 3) for _ in range(8)))
    with idempotency_key(f"cook {run}"):
        dishes = await asyncio.gather(*(kitchen.cook(run, "soup") for _ in range(8)))
    assert len({each.ticket for each in stored}) == 1
    assert len({each.id for each in dishes}) == 1
    assert await kitchen.stored(run) == 3 + 1


async def test_a_key_belongs_to_its_actor(carrier: Carrier, kitchen: Kitchen, run: str) -> None:
    totals = []
    for name in ("ada", "bob", "ada"):
        with carrier.acting(Role.CUSTOMER, id=name), idempotency_key(run):
            totals.append((await kitchen.store(run)).total)
    assert totals == [1, 2, 1]


async def test_any_text_can_be_a_key(kitchen: Kitchen, run: str) -> None:
    keys = ["", " ", "\n", "ž🐎", "x" * 1000, 'a"b,c;d=e:f']
    for key in keys:
        with idempotency_key(f"{run}{key}"):
            assert await kitchen.store(run, 1) == await kitchen.store(run, 1)
    assert await kitchen.stored(run) == len(keys)
