"""The background work: several orders at a time, any number of instances, none left lying."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from contracts.kit import TimedOut
from contracts.orders import OrderPaid, Orders, OrderState
from modules.orders.service import LONGEST_WAIT
from tests.databases import Places
from tests.modules.doubles import opened
from tests.modules.orders.doubles import MUG, Crash
from tests.modules.orders.stand import Stand


async def test_orders_are_worked_on_at_the_same_time_but_not_more_than_may_be(stand: Stand) -> None:
    stand = stand.another(concurrency=4)
    at_once, most, four = 0, 0, asyncio.Event()

    async def linger() -> None:
        nonlocal at_once, most
        stand.world.payments.meanwhile["authorise"] = linger  # for the next one too
        at_once += 1
        most = max(most, at_once)
        if at_once == 4:
            four.set()
        await four.wait()
        await asyncio.sleep(0.1)  # a fifth would come now
        at_once -= 1

    stand.world.payments.meanwhile["authorise"] = linger
    stand.world.inventory.stock[MUG] = 100
    orders = [await stand.begin() for _ in range(9)]
    async with stand.running():
        for order_id in orders:
            assert (await stand.until_lasting(order_id)).state is OrderState.PAID
    assert most == 4


async def test_two_instances_share_the_work_and_each_thing_happens_once(stand: Stand, places: Places) -> None:
    stand.world.inventory.stock[MUG] = 100
    async with opened("orders", places, Orders) as database:
        other = Stand(database, stand.world)
        async with stand.running(), other.running():
            placed = await asyncio.gather(*(each.place() for _ in range(8) for each in (stand, other)))
            assert {(await stand.until_lasting(order.id)).state for order in placed} == {OrderState.PAID}
    assert stand.world.inventory.stock[MUG] == 68
    assert len([event for event in await stand.events() if isinstance(event, OrderPaid)]) == 16


async def test_several_who_work_on_the_same_order_do_no_harm(stand: Stand) -> None:
    order_id = await stand.begin()
    await asyncio.gather(*(stand.another().saga.run(order_id) for _ in range(10)))
    order = await stand.get(order_id)
    assert [each.what for each in order.timeline].count("Paid") == 1
    assert len(await stand.events()) == 2
    assert stand.world.inventory.stock[MUG] == 8


async def test_placing_wakes_the_work_and_its_end_wakes_who_placed(stand: Stand) -> None:
    """By looking every so often alone, neither would be seen before the end of the time limit."""
    seldom = stand.another(poll_seconds=60)
    async with seldom.running(), asyncio.timeout(LONGEST_WAIT - 3):
        assert (await seldom.place()).state is OrderState.PAID


async def test_who_placed_an_order_gets_its_end_from_another_instance(stand: Stand) -> None:
    async with stand.another().running():
        assert (await stand.place()).state is OrderState.PAID


@pytest.mark.parametrize("operation", ["reserve", "authorise"])
async def test_an_order_that_another_instance_holds_is_left_alone_until_its_lease_ends(
    stand: Stand, operation: str
) -> None:
    order_id = await stand.begin()
    provider = stand.world.inventory if operation == "reserve" else stand.world.payments
    provider.faults.append((operation, "before", Crash()))
    crashed = stand.another()
    with pytest.raises(BaseExceptionGroup):
        await crashed.container.runner().run()
    async with stand.running():
        await asyncio.sleep(0.1)
        assert (await stand.get(order_id)).state is OrderState.PLACED
        assert stand.world.calls[-1] == operation
        assert len(set(stand.world.calls)) == len(stand.world.calls)
        stand.world.clock.advance(seconds=5)
        assert (await stand.until_lasting(order_id)).state is OrderState.PAID


async def test_a_stopped_instance_hands_back_what_it_was_working_on(stand: Stand) -> None:
    order_id = await stand.begin()
    reached = asyncio.Event()

    async def hang() -> None:
        reached.set()
        await asyncio.sleep(60)

    stand.world.payments.meanwhile["authorise"] = hang
    async with stand.running():
        await reached.wait()
    async with stand.another().running():
        assert (await stand.until_lasting(order_id)).state is OrderState.PAID


async def test_a_failed_step_waits_for_its_time(stand: Stand) -> None:
    stand.world.inventory.faults.append(("reserve", "before", TimedOut(operation="x")))
    async with stand.running():
        order = await stand.place(seconds=0.2)
        assert (order.state, stand.world.calls) == (OrderState.PLACED, ["reserve"])
        stand.world.clock.advance(seconds=1)
        assert (await stand.until_lasting(order.id)).state is OrderState.PAID


async def test_an_order_that_cannot_be_read_does_not_stop_the_others(stand: Stand) -> None:
    broken = await stand.begin()
    async with stand.database.write() as work:
        await work.session.execute(text("UPDATE orders SET lines = 'x' WHERE id = :id"), {"id": broken})
    order_id = await stand.begin()
    async with stand.running():
        assert (await stand.until_lasting(order_id)).state is OrderState.PAID
