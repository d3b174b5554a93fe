"""The module as a whole: its manifest, its tables, and what it does without being asked."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa

from contracts.cart import Carts
from contracts.inventory import Inventory
from contracts.orders import OrderPaid
from modules.cart import store
from modules.cart.housekeeping import remove_forgotten
from modules.cart.module import module
from modules.cart.service import CartsService
from tests.modules.cart.stall import MUG, PLATE, Stall, acting


async def test_the_manifest_names_what_it_provides_and_can_do_without(stall: Stall) -> None:
    assert module.provides == (Carts,)
    assert module.optional == (Inventory,)
    assert set(module.listens) == {OrderPaid}
    assert isinstance(stall.carts, CartsService)


async def test_forgotten_carts_go_and_those_in_use_and_of_accounts_stay(stall: Stall) -> None:
    forgotten = (await stall.carts.add_item(None, MUG, 1)).token
    used = (await stall.carts.add_item(None, MUG, 2)).token
    with acting():
        await stall.carts.add_item(None, MUG, 3)
    stall.clock.advance(days=89)
    await stall.carts.set_quantity(used, MUG, 4)
    stall.clock.advance(days=1)
    await _kept_house(stall, until=2)
    assert await stall.held(forgotten) == {}
    assert await stall.held(used) == {MUG: 4}
    with acting():
        assert await stall.held(None) == {MUG: 3}
    assert await stall.rows("lines") == 2


async def test_many_forgotten_carts_go_in_batches(stall: Stall) -> None:
    async with stall.database.write() as work:
        rows = [{"token": number.to_bytes(4, "big")} for number in range(store.PURGE_BATCH + 1)]
        await work.session.execute(sa.text("INSERT INTO carts (token_hash, touched) VALUES (:token, 0)"), rows)
    async with stall.database.write() as work:
        assert await store.purge(work.session, 1)
    assert await stall.rows("carts") == 1
    await stall.carts.add_item(None, PLATE, 1)
    await _kept_house(stall, until=1)


async def _kept_house(stall: Stall, *, until: int) -> None:
    """Let the background task run until so many carts are left."""
    task = asyncio.create_task(remove_forgotten(stall.container))
    try:
        async with asyncio.timeout(5):
            while await stall.rows("carts") != until:
                pass
    finally:
        task.cancel()
        await asyncio.wait([task])
