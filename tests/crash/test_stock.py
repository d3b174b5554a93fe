"""More buyers than goods, while replicas of stock and orders are killed: each unit is sold once, and all are told."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contracts.catalog import Catalog
from contracts.inventory import Inventory
from contracts.orders import OrderState
from contracts.values import OrderId
from tests.books import findings_by_command
from tests.crash.buyers import SOLD_OUT, Sale, Told, buy, settled, wrong_in
from tests.crash.replicas import DESK, IS_FULL, LIMIT, STOCK, Killer, Store, opened
from tests.faults.stores import stock_up

pytestmark = LIMIT

BUYERS, UNITS, KILLS = (500, 50, 14) if IS_FULL else (40, 8, 4)
RUSH = 15.0 if IS_FULL else 2.5
"""Seconds within which they come, each at some time."""
PAUSES = (0.3, 1.5) if IS_FULL else (0.2, 0.8)
"""Seconds from one kill to the next."""
CARDS = ("tok_success", "tok_slow", "tok_lost", "tok_late")
"""All pay in the end: at once, after a while, when asked again, and when the provider calls back."""


async def test_each_unit_is_sold_once_and_every_buyer_is_told(
    tmp_path: Path, row: Callable[[str, str, int, str], None]
) -> None:
    async with opened(tmp_path) as store:
        await stock_up(store.contract(Catalog), store.contract(Inventory), UNITS)
        buyers = [(f"buyer-{number}", card) for number, card in zip(range(BUYERS), cycle(CARDS), strict=False)]
        killer = Killer(store, (DESK, STOCK), PAUSES)
        killing = asyncio.create_task(killer.run(KILLS))
        told = await asyncio.gather(*(_come(store, *each) for each in buyers), return_exceptions=True)
        await killing
        sale = await settled(store, UNITS, {name: end for (name, _), end in zip(buyers, told, strict=True)})
    assert wrong_in(sale) == []
    assert await asyncio.to_thread(findings_by_command, store.shop.data, store.shop.environ) == []
    assert set(killer.killed) == {DESK, STOCK}
    killed = ", ".join(f"{count} times {host}" for host, count in sorted(killer.killed.items()))
    row(f"{UNITS} units, two replicas of stock and of orders", f"kill -9, {killed}", BUYERS, f"exactly {UNITS} sold")


async def _come(store: Store, name: str, card: str) -> Told:
    await asyncio.sleep(random.uniform(0.0, RUSH))
    return await buy(store, name, card)


ONE, TWO = OrderId("F1"), OrderId("F2")
PAID, REJECTED = OrderState.PAID, OrderState.REJECTED
SOUND = Sale(
    units=1,
    told={"ada": Told(ONE, PAID), "bob": Told(TWO, REJECTED), "cyd": SOLD_OUT},
    orders={"ada": {ONE: PAID}, "bob": {TWO: REJECTED}, "cyd": {}},
    prices={ONE: 1740, TWO: 1740},
    left={ONE: 1},
    taken={ONE: 1740, TWO: 0},
    available=0,
    balances={"provider:captured": 1740, "sales": -1740},
)
WRONG: dict[str, dict[str, Any]] = {
    "sold of 1": {"left": {ONE: 1, TWO: 1}},
    "still to be had": {"available": 1},
    "sum to zero": {"balances": {"provider:captured": 1740}},
    "is stuck": {"orders": {**SOUND.orders, "bob": {TWO: OrderState.PLACED}}},
    "got 2": {"left": {ONE: 2}},
    "has goods and did not pay": {"taken": {ONE: 0, TWO: 0}},
    "paid and has no goods": {"taken": {ONE: 1740, TWO: 1740}},
    "paid 3480": {"taken": {ONE: 3480}},
    "1740 were taken for it": {"orders": {**SOUND.orders, "ada": {ONE: OrderState.CANCELLED}}},
    "was told nothing": {"told": {**SOUND.told, "cyd": TimeoutError()}},
    "nothing is left, and bought": {"told": {**SOUND.told, "ada": SOLD_OUT}},
    "was told of": {"told": {**SOUND.told, "bob": Told(TWO, PAID)}},
    "ordered 2 times": {"orders": {"ada": {ONE: PAID, TWO: REJECTED}, "bob": {}, "cyd": {}}},
}


def test_nothing_is_wrong_in_a_sound_sale() -> None:
    assert wrong_in(SOUND) == []


@pytest.mark.parametrize("found", WRONG)
def test_what_is_wrong_in_a_sale_is_found(found: str) -> None:
    assert any(found in each for each in wrong_in(msgspec.structs.replace(SOUND, **WRONG[found])))
