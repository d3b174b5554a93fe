"""What comes back from orders: it is told, it can be promised to others, and it is never more than left."""

from __future__ import annotations

import asyncio

import pytest

from contracts.inventory import Inventory, StockChanged, TooManyReturned
from tests.databases import Places
from tests.modules.doubles import opened, published
from tests.modules.inventory.stand import LAMP, MUG, Stand, lines, order

ONE, TWO = order(1), order(2)


async def test_what_is_taken_back_can_be_promised_and_that_is_published(stand: Stand) -> None:
    await stand.stock(MUG=5, LAMP=3)
    await stand.service.reserve(ONE, lines(MUG=2, LAMP=1))
    await stand.service.commit(ONE)
    before = len(await published(stand.database, StockChanged))
    for _ in range(2):
        await stand.service.take_back(ONE)
        events = await published(stand.database, StockChanged)
        assert events[before:] == [StockChanged(sku=LAMP, available=3), StockChanged(sku=MUG, available=5)]
    assert await stand.audited()


async def test_what_is_published_counts_no_reservation_that_has_expired(stand: Stand) -> None:
    await stand.stock(MUG=5)
    await stand.service.reserve(ONE, lines(MUG=2))
    await stand.service.commit(ONE)
    await stand.service.reserve(TWO, lines(MUG=3))
    stand.clock.advance(minutes=15)
    await stand.service.take_back(ONE)
    assert (await published(stand.database, StockChanged))[-1] == StockChanged(sku=MUG, available=5)
    assert await stand.shelf(MUG) == (5, 0)


async def test_a_refused_return_changes_and_publishes_nothing(stand: Stand) -> None:
    await stand.stock(MUG=5)
    before = await published(stand.database, StockChanged)
    with pytest.raises(TooManyReturned):
        await stand.service.restock(MUG, 1, ONE)
    assert (await stand.shelf(MUG), await published(stand.database, StockChanged)) == ((5, 0), before)


async def test_two_instances_take_an_order_back_once(stand: Stand, places: Places) -> None:
    await stand.stock(MUG=40)
    for number in range(20):
        await stand.service.reserve(order(number), lines(MUG=2))
        await stand.service.commit(order(number))
    async with opened("inventory", places, Inventory) as second:
        services = (stand.service, Stand(second, stand.clock).service)
        taken = [each.take_back(order(number)) for number in range(20) for each in services]
        some = [each.restock(MUG, 1, order(number)) for number in range(20) for each in services]
        results = await asyncio.gather(*taken, *some, return_exceptions=True)
    assert [each for each in results if isinstance(each, BaseException) and not isinstance(each, TooManyReturned)] == []
    assert await stand.shelf(MUG) == (40, 0)
    assert await stand.audited()
