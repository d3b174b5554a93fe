"""A purchase that is interrupted anywhere ends as if it had not been: nothing twice, nothing stuck."""

from __future__ import annotations

import pytest

from contracts.kit import Error, Internal, Overloaded, TimedOut, Unavailable
from contracts.orders import OrderEnded, OrderPaid, OrderPlaced, OrderState
from contracts.payments import PaymentState, WrongState
from contracts.values import OrderId
from modules.orders.telling import FOUND, UNANSWERED
from tests.modules.orders.doubles import MUG, Breakable, Crash, FakeInventory
from tests.modules.orders.stand import TWO_MUGS, Stand, World, says

FORWARD = ["reserve", "authorise", "commit", "capture"]
BACK = ["void", "release"]
FAILURES = [
    Unavailable(operation="x", reason="down", may_have_executed=True),
    TimedOut(operation="x"),
    Overloaded(operation="x"),
    Internal(operation="x", incident="1"),
    WrongState(state=PaymentState.PENDING),
    OSError("the disk is full"),
]


def provider_of(world: World, operation: str) -> Breakable:
    """Return who has this operation."""
    return world.inventory if hasattr(FakeInventory, operation) else world.payments


async def check_paid(stand: Stand, order_id: OrderId) -> None:
    """Check that everything a purchase shall do was done once."""
    world, order = stand.world, await stand.get(order_id)
    assert order.state is OrderState.PAID
    told = [each for each in says(order) if each not in (UNANSWERED, FOUND)]
    assert told == ["Order placed", "Items reserved", "Payment authorised", "Order confirmed", "Paid"]
    assert (world.inventory.stock[MUG], list(world.inventory.left), world.inventory.held) == (8, [order_id], {})
    assert world.payments.state(order_id) is PaymentState.CAPTURED
    assert [type(event) for event in await stand.events()] == [OrderPlaced, OrderPaid]


async def check_ended(stand: Stand, order_id: OrderId, state: OrderState, reason: str) -> None:
    """Check that nothing is held or owed."""
    world, order = stand.world, await stand.get(order_id)
    assert (order.state, order.reason) == (state, reason)
    assert (world.inventory.stock[MUG], world.inventory.left, world.inventory.held) == (10, {}, {})
    assert world.payments.state(order_id) in (None, PaymentState.VOIDED, PaymentState.DECLINED)
    assert [type(event) for event in await stand.events()] == [OrderPlaced, OrderEnded]
    row = await stand.row(order_id)
    assert (row["step"], row["next_try"], row["payment_token"]) == (None, None, None)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("operation", FORWARD)
async def test_a_crash_at_any_step_is_outlived(stand: Stand, operation: str, when: str) -> None:
    order_id = await stand.begin()
    provider_of(stand.world, operation).faults.append((operation, when, Crash()))
    with pytest.raises(Crash):
        await stand.saga.run(order_id)
    restarted = stand.another()
    await restarted.saga.run(order_id)
    await check_paid(restarted, order_id)
    assert stand.world.calls.count(operation) == 2


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("operation", BACK)
async def test_a_crash_on_the_way_back_is_outlived(stand: Stand, operation: str, when: str) -> None:
    order_id = await stand.begin()
    stand.world.payments.faults.append(("authorise", "after", Crash()))
    with pytest.raises(Crash):
        await stand.saga.run(order_id)
    await stand.cancel(order_id, seconds=0)
    provider_of(stand.world, operation).faults.append((operation, when, Crash()))
    with pytest.raises(Crash):
        await stand.saga.run(order_id)
    await stand.another().saga.run(order_id)
    await check_ended(stand, order_id, OrderState.CANCELLED, "cancelled")


@pytest.mark.parametrize("failure", FAILURES, ids=lambda each: type(each).__name__)
async def test_whatever_fails_is_tried_again_later(stand: Stand, failure: Exception) -> None:
    order_id = await stand.begin()
    stand.world.payments.faults.append(("authorise", "before", failure))
    await stand.saga.run(order_id)
    assert (await stand.get(order_id)).state is OrderState.PLACED
    assert (await stand.row(order_id))["tries"] == 1
    await stand.saga.run(order_id)
    await check_paid(stand, order_id)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("operation", FORWARD)
async def test_a_step_may_fail_anywhere(stand: Stand, operation: str, when: str) -> None:
    order_id = await stand.begin()
    provider_of(stand.world, operation).faults.append((operation, when, FAILURES[0]))
    await stand.saga.run(order_id)
    assert (await stand.get(order_id)).state is not OrderState.PAID
    await stand.saga.run(order_id)
    await check_paid(stand, order_id)


async def test_the_pause_doubles_with_each_failure_up_to_the_longest(stand: Stand) -> None:
    order_id = await stand.begin()
    pauses = []
    for _ in range(9):
        stand.world.inventory.faults.append(("reserve", "before", TimedOut(operation="x")))
        await stand.saga.run(order_id)
        now = stand.world.clock.now().timestamp()
        pauses.append((await stand.row(order_id))["next_try"] / 1e6 - now)
    for tries, pause in enumerate(pauses):
        nominal = min(10.0, 0.2 * 2**tries)
        assert nominal / 2 - 0.001 <= pause <= nominal + 0.001
    await stand.saga.run(order_id)
    assert (await stand.row(order_id))["tries"] == 0


@pytest.mark.parametrize("operation", ["reserve", "authorise"])
async def test_an_order_that_cannot_be_paid_in_time_is_given_up(stand: Stand, operation: str) -> None:
    order_id = await stand.begin()
    for minutes in (0, 4, 5):
        stand.world.clock.advance(minutes=minutes)
        outage = Unavailable(operation=operation, reason="down", may_have_executed=True)
        provider_of(stand.world, operation).faults.append((operation, "after", outage))
        await stand.saga.run(order_id)
        assert (await stand.get(order_id)).state is OrderState.PLACED
    stand.world.clock.advance(minutes=1)
    await stand.saga.run(order_id)
    await check_ended(stand, order_id, OrderState.REJECTED, "expired")
    assert stand.world.calls.count("void") == (operation == "authorise")


@pytest.mark.parametrize("operation", ["commit", "capture"])
async def test_a_confirmed_order_only_goes_forward_however_long_it_takes(stand: Stand, operation: str) -> None:
    order_id = await stand.begin()
    for _ in range(3):
        outage: Error = Unavailable(operation=operation, reason="down", may_have_executed=True)
        provider_of(stand.world, operation).faults.append((operation, "before", outage))
        await stand.saga.run(order_id)
        assert (await stand.get(order_id)).state is OrderState.CONFIRMED
        stand.world.clock.advance(minutes=60)
    await stand.saga.run(order_id)
    await check_paid(stand, order_id)


async def test_a_hold_that_was_given_up_before_its_capture_brings_the_stock_back(stand: Stand) -> None:
    order_id = await stand.begin()
    stand.world.payments.faults.append(("capture", "before", Crash()))
    with pytest.raises(Crash):
        await stand.saga.run(order_id)
    assert stand.world.inventory.stock[MUG] == 8
    await stand.world.payments.void(order_id)
    await stand.saga.run(order_id)
    order = await stand.get(order_id)
    assert (order.state, order.reason) == (OrderState.CANCELLED, "expired")
    assert says(order)[-2:] == ["The card's bank gave up the payment: nothing was taken", "Order cancelled"]
    assert (stand.world.inventory.stock[MUG], stand.world.payments.refunds) == (10, {})


@pytest.mark.parametrize("way", ["cancelled", "expired", "sold out"])
async def test_a_payment_that_was_to_be_given_up_and_is_taken_is_given_back(stand: Stand, way: str) -> None:
    """Stock that was only held is held no more, and none comes back that never left."""
    order_id, payments = await stand.begin(), stand.world.payments
    operation = "commit" if way == "sold out" else "authorise"
    provider_of(stand.world, operation).faults.append((operation, "before" if way == "sold out" else "after", Crash()))
    with pytest.raises(Crash):
        await stand.saga.run(order_id)
    await payments.capture(order_id)
    match way:
        case "cancelled":
            await stand.cancel(order_id, seconds=0)
        case "expired":
            stand.world.clock.advance(minutes=10)
        case _:
            stand.world.inventory.expire(order_id)
            stand.world.inventory.stock[MUG] = 1
    payments.faults.append(("void", "before", FAILURES[0]))
    for _ in range(2):
        await stand.saga.run(order_id)
    stand.world.inventory.stock[MUG] += 9 * (way == "sold out")
    order = await stand.get(order_id)
    assert (order.state, order.reason) == (OrderState.CANCELLED, way.replace(" ", "_"))
    assert says(order)[-5:] == [
        UNANSWERED,
        FOUND,
        "The payment was taken already: it is refunded",
        "Payment refunded",
        "Order cancelled",
    ]
    assert [each.amount for each in payments.refunds.values()] == [order.total]
    world = stand.world
    assert (world.inventory.stock[MUG], world.inventory.held, world.calls.count("take_back")) == (10, {}, 0)
    assert [type(event) for event in await stand.events()] == [OrderPlaced, OrderEnded]


async def test_a_payment_that_cannot_be_given_up_yet_is_tried_again(stand: Stand) -> None:
    order_id = await stand.begin()
    stand.world.payments.faults.append(("authorise", "after", Crash()))
    with pytest.raises(Crash):
        await stand.saga.run(order_id)
    await stand.cancel(order_id, seconds=0)
    stand.world.payments.faults.append(("void", "before", WrongState(state=PaymentState.AUTHORISED)))
    await stand.saga.run(order_id)
    assert (await stand.get(order_id)).state is OrderState.CANCELLING
    await stand.saga.run(order_id)
    await check_ended(stand, order_id, OrderState.CANCELLED, "cancelled")


async def test_stock_whose_reservation_expired_is_held_again_before_anything_is_taken(stand: Stand) -> None:
    order_id = await stand.begin()
    stand.world.inventory.faults.append(("commit", "before", Crash()))
    with pytest.raises(Crash):
        await stand.saga.run(order_id)
    stand.world.inventory.expire(order_id)
    await stand.saga.run(order_id)
    await check_paid(stand, order_id)


async def test_nobody_pays_for_what_was_sold_while_the_order_stood_still(stand: Stand) -> None:
    order_id = await stand.begin()
    stand.world.inventory.faults.append(("commit", "before", Crash()))
    with pytest.raises(Crash):
        await stand.saga.run(order_id)
    stand.world.inventory.expire(order_id)
    stand.world.inventory.stock[MUG] = 1
    await stand.saga.run(order_id)
    stand.world.inventory.stock[MUG] += 9
    await check_ended(stand, order_id, OrderState.REJECTED, "sold_out")
    assert says(await stand.get(order_id))[-3:] == [
        "Sold out meanwhile",
        "Payment given up: nothing was taken",
        "Order closed: nothing is owed",
    ]
    assert "capture" not in stand.world.calls


async def test_stock_that_somebody_else_let_leave_on_the_way_back_comes_back(stand: Stand) -> None:
    """One worker finds the order sold out; another, a moment later, finds stock, commits it, and dies."""
    order_id = await stand.begin()
    stand.world.inventory.faults.append(("commit", "before", Crash()))
    with pytest.raises(Crash):
        await stand.saga.run(order_id)
    stand.world.inventory.expire(order_id)
    stand.world.inventory.stock[MUG] = 1

    async def another_worker() -> None:
        stand.world.inventory.stock[MUG] = 10
        stand.world.inventory.faults.append(("commit", "after", Crash()))
        await stand.world.inventory.reserve(order_id, TWO_MUGS)
        with pytest.raises(Crash):
            await stand.world.inventory.commit(order_id)

    stand.world.payments.meanwhile["void"] = another_worker
    await stand.saga.run(order_id)
    order = await stand.get(order_id)
    assert (order.state, order.reason) == (OrderState.REJECTED, "sold_out")
    assert (stand.world.inventory.stock[MUG], stand.world.calls.count("take_back")) == (10, 1)
    assert stand.world.payments.state(order_id) is PaymentState.VOIDED
    assert [type(event) for event in await stand.events()] == [OrderPlaced, OrderEnded]


async def test_two_who_find_the_provider_silent_at_once_say_so_once(stand: Stand) -> None:
    order_id = await stand.begin()
    another = stand.another()
    silence = Unavailable(operation="x", reason="down", may_have_executed=True)

    async def meanwhile() -> None:
        stand.world.payments.faults.append(("authorise", "before", silence))
        await another.saga.run(order_id)
        stand.world.payments.faults.append(("authorise", "after", silence))

    stand.world.payments.meanwhile["authorise"] = meanwhile
    await stand.saga.run(order_id)
    assert says(await stand.get(order_id))[-1] == UNANSWERED
    assert (await stand.row(order_id))["tries"] == 1
    await stand.saga.run(order_id)
    assert [each for each in says(await stand.get(order_id)) if each in (UNANSWERED, FOUND)] == [UNANSWERED, FOUND]
    await check_paid(stand, order_id)
