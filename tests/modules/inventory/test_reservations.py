"""Reserve, commit, release, expire: each once, all or nothing, and never below zero."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.inventory import (
    AlreadyCommitted,
    AlreadyReleased,
    OutOfStock,
    ReservationNotFound,
    Shortage,
    StockChanged,
    UnknownSku,
)
from contracts.values import Line, Sku
from modules.inventory.stockroom import expire
from modules.inventory.store import reservations
from tests.modules.doubles import published
from tests.modules.inventory.stand import LAMP, MUG, OAK, Stand, lines, order

ONE, TWO = order(1), order(2)


async def test_what_is_reserved_cannot_be_promised_again(stand: Stand) -> None:
    await stand.stock(MUG=10, LAMP=5)
    reservation = await stand.service.reserve(ONE, lines(MUG=4, LAMP=5))
    assert reservation.order_id == ONE
    assert reservation.lines == (Line(sku=LAMP, quantity=5), Line(sku=MUG, quantity=4))
    assert reservation.expires == stand.clock.now() + timedelta(minutes=15)
    assert (await stand.available(MUG), await stand.available(LAMP)) == (6, 0)
    assert await stand.audited()


async def test_all_lines_are_reserved_or_none_and_every_shortage_is_named(stand: Stand) -> None:
    await stand.stock(MUG=3, LAMP=9)
    with pytest.raises(OutOfStock) as refusal:
        await stand.service.reserve(ONE, lines(LAMP=2, MUG=4, OAK=1))
    assert refusal.value.shortages == (
        Shortage(sku=MUG, wanted=4, available=3),
        Shortage(sku=OAK, wanted=1, available=0),
    )
    assert await stand.shelf(LAMP) == (9, 0)
    with pytest.raises(ReservationNotFound):
        await stand.service.commit(ONE)


async def test_the_same_sku_in_two_lines_is_added_up(stand: Stand) -> None:
    await stand.stock(MUG=3)
    twice = (Line(sku=MUG, quantity=2), Line(sku=MUG, quantity=2))
    with pytest.raises(OutOfStock) as refusal:
        await stand.service.reserve(ONE, twice)
    assert refusal.value.shortages == (Shortage(sku=MUG, wanted=4, available=3),)


async def test_the_same_order_again_gets_the_same_reservation(stand: Stand) -> None:
    await stand.stock(MUG=3)
    first = await stand.service.reserve(ONE, lines(MUG=2))
    stand.clock.advance(minutes=5)
    assert await stand.service.reserve(ONE, lines(MUG=2)) == first
    await stand.service.commit(ONE)
    stand.clock.advance(minutes=60)
    assert await stand.service.reserve(ONE, lines(MUG=2)) == first
    assert await stand.shelf(MUG) == (1, 0)


async def test_committed_stock_leaves_once_and_is_not_released(stand: Stand) -> None:
    await stand.stock(MUG=3)
    await stand.service.reserve(ONE, lines(MUG=2))
    await stand.service.commit(ONE)
    await stand.service.commit(ONE)
    assert await stand.shelf(MUG) == (1, 0)
    with pytest.raises(AlreadyCommitted):
        await stand.service.release(ONE)
    assert await stand.audited()


async def test_released_stock_comes_back_once_and_is_not_committed(stand: Stand) -> None:
    await stand.stock(MUG=3)
    await stand.service.reserve(ONE, lines(MUG=2))
    await stand.service.release(ONE)
    await stand.service.release(ONE)
    assert await stand.shelf(MUG) == (3, 0)
    with pytest.raises(ReservationNotFound):
        await stand.service.commit(ONE)
    assert await stand.audited()


async def test_a_reservation_that_arrives_after_its_release_holds_nothing(stand: Stand) -> None:
    await stand.stock(MUG=3)
    await stand.service.release(ONE)
    for _ in range(2):
        with pytest.raises(AlreadyReleased):
            await stand.service.reserve(ONE, lines(MUG=2))
    await stand.service.reserve(TWO, lines(MUG=2))
    await stand.service.release(TWO)
    with pytest.raises(AlreadyReleased):
        await stand.service.reserve(TWO, lines(MUG=2))
    assert await stand.shelf(MUG) == (3, 0)


async def test_an_expired_reservation_is_free_at_once_for_the_next_order(stand: Stand) -> None:
    await stand.stock(MUG=3, LAMP=1)
    await stand.service.reserve(ONE, lines(MUG=3, LAMP=1))
    stand.clock.advance(minutes=15, microseconds=-1)
    with pytest.raises(OutOfStock):
        await stand.service.reserve(TWO, lines(MUG=1))
    stand.clock.advance(microseconds=1)
    assert await stand.available(MUG) == 3
    await stand.service.reserve(TWO, lines(MUG=3))
    assert await stand.available(LAMP) == 1
    assert await stand.audited()


async def test_an_expired_reservation_is_not_committed_swept_or_not(stand: Stand) -> None:
    await stand.stock(MUG=3)
    await stand.service.reserve(ONE, lines(MUG=2))
    stand.clock.advance(minutes=15)
    with pytest.raises(ReservationNotFound):
        await stand.service.commit(ONE)
    assert await stand.sweep.once() == 1
    with pytest.raises(ReservationNotFound):
        await stand.service.commit(ONE)
    await stand.service.release(ONE)
    assert await stand.shelf(MUG) == (3, 0)


async def test_an_order_whose_reservation_expired_gets_a_new_one(stand: Stand) -> None:
    await stand.stock(MUG=3, LAMP=1)
    await stand.service.reserve(ONE, lines(LAMP=1))
    stand.clock.advance(minutes=20)
    for _ in range(2):
        again = await stand.service.reserve(ONE, lines(MUG=3))
        assert (again.lines, again.expires) == (lines(MUG=3), stand.clock.now() + timedelta(minutes=15))
    assert (await stand.shelf(MUG), await stand.shelf(LAMP)) == ((3, 3), (1, 0))
    await stand.service.commit(ONE)
    assert await stand.audited()


async def test_the_sweep_frees_what_has_expired_and_nothing_else(stand: Stand) -> None:
    await stand.stock(MUG=3)
    await stand.service.reserve(ONE, lines(MUG=1))
    stand.clock.advance(minutes=10)
    await stand.service.reserve(TWO, lines(MUG=1))
    stand.clock.advance(minutes=5)
    assert await stand.sweep.once() == 1
    assert await stand.sweep.once() == 0
    assert await stand.shelf(MUG) == (3, 1)
    assert await stand.audited()


async def test_who_looked_too_early_does_not_free_what_is_held_again(stand: Stand) -> None:
    await stand.stock(MUG=3)
    await stand.service.reserve(ONE, lines(MUG=2))
    stand.clock.advance(minutes=15)
    async with stand.database.read() as session:
        seen = await reservations.expired(session, stand.clock.now())
    await stand.service.reserve(ONE, lines(MUG=2))
    async with stand.database.write() as work:
        await expire(work, seen, stand.clock.now())
    assert seen == [ONE]
    assert await stand.shelf(MUG) == (3, 2)


async def test_restocking_adds_up_and_knows_only_what_the_catalogue_announced(stand: Stand) -> None:
    await stand.announce(MUG, MUG, LAMP)
    await stand.announce(MUG)
    assert (await stand.service.restock(MUG, 4)).available == 4
    assert (await stand.service.restock(MUG, 3)).available == 7
    with pytest.raises(UnknownSku):
        await stand.service.restock(OAK, 1)


async def test_availability_comes_in_the_order_asked_for(stand: Stand) -> None:
    await stand.stock(MUG=3, LAMP=1)
    found = await stand.service.get_availability((LAMP, Sku("NOWHERE"), MUG, LAMP))
    assert [(each.sku, each.available) for each in found] == [(LAMP, 1), ("NOWHERE", 0), (MUG, 3), (LAMP, 1)]


async def test_every_change_of_what_can_be_promised_is_published(stand: Stand) -> None:
    await stand.stock(MUG=5)
    await stand.service.reserve(ONE, lines(MUG=2))
    await stand.service.commit(ONE)
    await stand.service.reserve(TWO, lines(MUG=3))
    with pytest.raises(OutOfStock):
        await stand.service.reserve(order(3), lines(MUG=1))
    stand.clock.advance(minutes=15)
    await stand.sweep.once()
    events = await published(stand.database, StockChanged)
    assert [event.available for event in events if isinstance(event, StockChanged)] == [5, 3, 0, 3]
