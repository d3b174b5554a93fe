"""An order can be cancelled until it is confirmed; whoever races with the saga, one of them wins."""

from __future__ import annotations

import asyncio

import pytest

from contracts.kit import Role, Unavailable
from contracts.orders import OrderNotFound, OrderState, TooLate
from contracts.payments import PaymentState
from contracts.values import AccountId, OrderId
from modules.orders.telling import FOUND, UNANSWERED
from tests.modules.orders.doubles import MUG, Crash
from tests.modules.orders.stand import BOB, Stand, acting, says


async def stopped_at(stand: Stand, operation: str, when: str) -> OrderId:
    """Place an order and let everything stand still at one of its steps."""
    order_id = await stand.begin()
    provider = stand.world.inventory if operation in ("reserve", "commit") else stand.world.payments
    provider.faults.append((operation, when, Crash()))
    with pytest.raises(Crash):
        await stand.saga.run(order_id)
    return order_id


@pytest.mark.parametrize(
    ("operation", "when", "asked"),
    [
        ("reserve", "before", ["reserve", "release"]),
        ("reserve", "after", ["reserve", "release"]),
        ("authorise", "before", ["reserve", "release", "authorise", "void"]),
        ("authorise", "after", ["reserve", "release", "authorise", "void"]),
    ],
)
async def test_an_order_that_is_not_confirmed_is_cancelled_and_nothing_is_held(
    stand: Stand, operation: str, when: str, asked: list[str]
) -> None:
    order_id = await stopped_at(stand, operation, when)
    async with stand.running():
        order = await stand.cancel(order_id)
    assert (order.state, order.reason) == (OrderState.CANCELLED, "cancelled")
    assert stand.world.calls == asked
    assert (stand.world.inventory.stock[MUG], stand.world.inventory.held) == (10, {})
    assert stand.world.payments.state(order_id) in (None, PaymentState.VOIDED)
    assert "Cancellation requested" in says(order)
    assert says(order)[-1] == "Order cancelled"


async def test_cancelling_while_the_payment_is_being_authorised_gives_it_up(stand: Stand) -> None:
    order_id = await stand.begin()
    stand.world.payments.meanwhile["authorise"] = lambda: stand.cancel(order_id, seconds=0)
    await stand.saga.run(order_id)
    order = await stand.get(order_id)
    assert order.state is OrderState.CANCELLED
    assert "Payment authorised" not in says(order)
    assert stand.world.payments.state(order_id) is PaymentState.VOIDED
    assert stand.world.inventory.stock[MUG] == 10


async def test_the_providers_silence_is_told_once_until_the_payment_is_given_up(stand: Stand) -> None:
    order_id = await stand.begin()
    silence = Unavailable(operation="x", reason="down", may_have_executed=True)
    stand.world.payments.faults += [("authorise", "after", silence), ("void", "before", silence)]
    await stand.saga.run(order_id)
    await stand.cancel(order_id, seconds=0)
    await stand.saga.run(order_id)
    await stand.saga.run(order_id)
    assert says(await stand.get(order_id)) == [
        "Order placed",
        "Items reserved",
        UNANSWERED,
        "Cancellation requested",
        FOUND,
        "Payment given up: nothing was taken",
        "Order cancelled",
    ]


@pytest.mark.parametrize("operation", ["commit", "capture"])
async def test_a_confirmed_order_is_not_cancelled(stand: Stand, operation: str) -> None:
    order_id = await stopped_at(stand, operation, "before")
    with pytest.raises(TooLate) as refusal:
        await stand.cancel(order_id)
    assert refusal.value.state is OrderState.CONFIRMED
    await stand.saga.run(order_id)
    with pytest.raises(TooLate) as refusal:
        await stand.cancel(order_id)
    assert refusal.value.state is OrderState.PAID


async def test_a_rejected_order_is_not_cancelled(stand: Stand) -> None:
    order_id = await stand.begin(token="tok_declined")
    stand.world.inventory.faults.append(("release", "before", Crash()))
    with pytest.raises(Crash):
        await stand.saga.run(order_id)
    with pytest.raises(TooLate):
        await stand.cancel(order_id)
    await stand.saga.run(order_id)
    with pytest.raises(TooLate) as refusal:
        await stand.cancel(order_id)
    assert refusal.value.state is OrderState.REJECTED


async def test_once_is_enough(stand: Stand) -> None:
    order_id = await stand.begin()
    first = await stand.cancel(order_id, key="k", seconds=0)
    assert first.state is OrderState.CANCELLING
    async with stand.running():
        answers = [await stand.cancel(order_id, key=key) for key in ("k", "l", None)]
    assert answers == [answers[0]] * 3
    assert answers[0].state is OrderState.CANCELLED
    assert says(answers[0]) == ["Order placed", "Cancellation requested", "Order cancelled"]


async def test_others_orders_do_not_exist(stand: Stand) -> None:
    order_id = await stand.begin()
    with pytest.raises(OrderNotFound):
        await stand.cancel(order_id, account=BOB)
    with pytest.raises(OrderNotFound), acting(AccountId("clerk"), Role.STAFF):
        await stand.service.cancel_order(order_id)
    with pytest.raises(OrderNotFound):
        await stand.cancel(OrderId("F000000000"))


async def test_whoever_wins_the_race_stock_and_payment_agree(stand: Stand) -> None:
    """Cancel each order a little later than the one before, so that every step is hit."""
    stand.world.inventory.stock[MUG] = 1000
    ended: dict[OrderId, OrderState] = {}

    async def race(delay: int) -> None:
        order_id = await stand.begin()
        try:
            for _ in range(delay):
                await asyncio.sleep(0)
            ended[order_id] = (await stand.cancel(order_id)).state
        except TooLate:
            ended[order_id] = (await stand.until_lasting(order_id)).state

    async with stand.running():
        for delay in range(0, 60, 3):
            await race(delay)
        await asyncio.gather(*(race(delay) for delay in range(0, 200, 20)))
    world = stand.world
    paid = [order_id for order_id, state in ended.items() if state is OrderState.PAID]
    assert set(ended.values()) <= {OrderState.PAID, OrderState.CANCELLED}
    assert len(ended) == 30
    assert world.inventory.held == {}
    assert sorted(world.inventory.left) == sorted(paid)
    assert world.inventory.stock[MUG] == 1000 - 2 * len(paid)
    captured = [each for each in ended if world.payments.state(each) is PaymentState.CAPTURED]
    assert sorted(captured) == sorted(paid)
    assert all(world.payments.state(each) is not PaymentState.AUTHORISED for each in ended)
