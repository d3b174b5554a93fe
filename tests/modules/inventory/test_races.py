"""Whoever races, and from however many instances: what is there is sold once."""

from __future__ import annotations

import asyncio

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from contracts.inventory import (
    AlreadyCommitted,
    AlreadyReleased,
    Inventory,
    OutOfStock,
    ReservationNotFound,
    TooManyReturned,
)
from contracts.values import Sku
from tests.databases import Places
from tests.modules.doubles import opened
from tests.modules.inventory.stand import LAMP, MUG, Stand, lines, order

REFUSALS = (OutOfStock, AlreadyReleased, AlreadyCommitted, ReservationNotFound, TooManyReturned)


async def test_of_a_hundred_who_want_one_of_ten_ten_get_it(stand: Stand, places: Places) -> None:
    await stand.stock(MUG=10)
    async with opened("inventory", places, Inventory) as second:
        both = (stand, Stand(second, stand.clock))
        results = await asyncio.gather(
            *(both[number % 2].service.reserve(order(number), lines(MUG=1)) for number in range(100)),
            return_exceptions=True,
        )
    refused = [each for each in results if isinstance(each, OutOfStock)]
    assert (len(refused), len(results) - len(refused)) == (90, 10)
    assert [each for each in results if isinstance(each, BaseException) and not isinstance(each, OutOfStock)] == []
    assert await stand.shelf(MUG) == (10, 10)
    assert await stand.audited()


async def test_one_order_that_arrives_fifty_times_at_once_is_reserved_once(stand: Stand) -> None:
    await stand.stock(MUG=10)
    answers = await asyncio.gather(*(stand.service.reserve(order(1), lines(MUG=3)) for _ in range(50)))
    assert set(answers) == {answers[0]}
    assert await stand.available(MUG) == 7


async def test_commit_and_release_at_once_have_one_winner(stand: Stand) -> None:
    await stand.stock(MUG=40)
    for number in range(20):
        await stand.service.reserve(order(number), lines(MUG=2))
    calls = [call(order(number)) for number in range(20) for call in (stand.service.commit, stand.service.release)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    outcomes = [
        "committed" if commit is None and isinstance(release, AlreadyCommitted) else "released"
        for commit, release in zip(results[::2], results[1::2], strict=True)
        if isinstance(release, AlreadyCommitted) or isinstance(commit, ReservationNotFound)
    ]
    assert len(outcomes) == 20
    assert await stand.shelf(MUG) == (40 - 2 * outcomes.count("committed"), 0)
    assert await stand.audited()


orders = st.integers(0, 3)
operations = st.one_of(
    st.tuples(st.just("reserve"), orders, st.integers(1, 4), st.integers(1, 4)),
    st.tuples(st.just("commit"), orders),
    st.tuples(st.just("release"), orders),
    st.tuples(st.just("restock"), st.sampled_from([MUG, LAMP]), st.integers(1, 3)),
    st.tuples(st.just("return"), orders, st.sampled_from([MUG, LAMP]), st.integers(1, 3)),
    st.tuples(st.just("take back"), orders),
    st.tuples(st.just("sweep")),
    st.tuples(st.just("wait"), st.sampled_from([1, 8, 15])),
)


@given(rounds=st.lists(st.lists(operations, min_size=1, max_size=5), min_size=1, max_size=6))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_happens_at_once_the_books_balance(stand: Stand, rounds: list[list[tuple[object, ...]]]) -> None:
    """Each example has SKUs and orders of its own; the operations of a round run at the same time."""
    async with stand.database.read() as session:
        number = (await session.execute(text("SELECT count(*) FROM stock"))).scalar_one()
    mug, lamp = Sku(f"MUG{number}"), Sku(f"LAMP{number}")
    await stand.stock(**{mug: 3, lamp: 3})

    async def run(name: object, *arguments: object) -> None:
        try:
            match name, arguments:
                case "reserve", (int(which), int(mugs), int(lamps)):
                    await stand.service.reserve(order(1000 * number + which), lines(**{mug: mugs, lamp: lamps}))
                case "commit", (int(which),):
                    await stand.service.commit(order(1000 * number + which))
                case "release", (int(which),):
                    await stand.service.release(order(1000 * number + which))
                case "restock", (str(sku), int(quantity)):
                    await stand.service.restock(mug if sku == MUG else lamp, quantity)
                case "return", (int(which), str(sku), int(quantity)):
                    its = order(1000 * number + which)
                    await stand.service.restock(mug if sku == MUG else lamp, quantity, its)
                case "take back", (int(which),):
                    await stand.service.take_back(order(1000 * number + which))
                case "sweep", ():
                    await stand.sweep.once()
                case "wait", (int(minutes),):
                    stand.clock.advance(minutes=minutes)
        except REFUSALS:
            pass

    for operations_at_once in rounds:
        await asyncio.gather(*(run(*operation) for operation in operations_at_once))
        assert await stand.audited()
        for sku in (mug, lamp):
            on_hand, reserved = await stand.shelf(sku)
            assert on_hand >= reserved >= 0
