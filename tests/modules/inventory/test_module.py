"""The tables, the demonstration stock, and the endless sweep."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from contracts.kit import SeedSize
from contracts.values import Sku
from modules.inventory import domain
from modules.inventory.seed import seed
from tests.modules.inventory.stand import MUG, Stand, lines, order

SKUS = tuple(Sku(f"SKU-{number:03}") for number in range(600))


async def test_the_tables_themselves_refuse_what_must_not_be(stand: Stand) -> None:
    await stand.stock(MUG=3)
    for statement in ("reserved = 4", "reserved = -1", "on_hand = -1"):
        with pytest.raises(IntegrityError):
            async with stand.database.write() as work:
                await work.session.execute(text(f"UPDATE stock SET {statement}"))


async def test_every_known_sku_is_stocked_once(stand: Stand) -> None:
    await stand.announce(*SKUS)
    await stand.service.restock(SKUS[0], 77)
    steps: list[tuple[int, int]] = []
    await seed(stand.container, SeedSize.S, lambda done, total: steps.append((done, total)))
    assert await stand.available(SKUS[0]) == 77
    assert [await stand.available(sku) for sku in SKUS[1:200]] == [domain.opening_level(sku) for sku in SKUS[1:200]]
    assert steps == [(250, 599), (500, 599), (599, 599)]
    assert await stand.audited()

    steps.clear()
    await stand.service.reserve(order(1), lines(**{SKUS[0]: 1}))
    await seed(stand.container, SeedSize.S, lambda done, total: steps.append((done, total)))
    assert steps == []
    assert await stand.available(SKUS[0]) == 76


async def test_the_sweep_runs_without_being_called(stand: Stand) -> None:
    await stand.stock(MUG=1)
    await stand.service.reserve(order(1), lines(MUG=1))
    stand.clock.advance(minutes=15)
    running = asyncio.create_task(stand.sweep.run())
    while await stand.shelf(MUG) != (1, 0):  # noqa: ASYNC110  # another instance could have swept
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
