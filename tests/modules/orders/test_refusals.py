"""A refund that the provider refuses for good: the order waits for staff, who try it again, and nobody else does."""

from __future__ import annotations

import asyncio

import pytest

from contracts.kit import CallError, Conflict, Role, Unavailable
from contracts.orders import Order, OrderEnded, OrderPaid, OrderPlaced, OrderState
from contracts.values import AccountId, OrderId
from modules.orders import telling
from modules.orders.domain import Answer, Step
from modules.orders.store import tasks
from modules.orders.telling import FOUND, RETRYING, UNANSWERED, refused
from tests.modules.orders.doubles import MUG, Crash
from tests.modules.orders.stand import Stand, acting, says

CLERK = AccountId("clerk")
CLOSED, DISPUTED = "card_closed", "disputed"


async def revoke(stand: Stand, order_id: OrderId, seconds: float = 0, key: str | None = None) -> Order:
    """Revoke an order, as staff."""
    with acting(CLERK, Role.STAFF, seconds=seconds):
        if key is None:
            return await stand.service.revoke_order(order_id)
        order: Order = await stand.under("revoke_order", key, (order_id,))
        return order


async def refused_one(stand: Stand, *reasons: str) -> OrderId:
    """Return an order of two mugs that was paid and revoked, whose refund is refused, and the next ones as said."""
    order_id = await stand.begin()
    await stand.saga.run(order_id)
    await revoke(stand, order_id)
    stand.world.payments.refusals += reasons or (CLOSED,)
    await stand.saga.run(order_id)
    return order_id


def references(stand: Stand) -> list[str]:
    """Return under which names the payments were asked for refunds."""
    return [reference for _, reference in stand.world.payments.refunds]


async def check_waits(stand: Stand, order_id: OrderId, *reasons: str) -> None:
    """Check that an order is where its last refund was refused."""
    order = await stand.get(order_id)
    assert (order.state, order.reason) == (OrderState.CANCELLING, "revoked")
    assert [each for each in says(order) if each.startswith("The payment provider refused")] == [*map(refused, reasons)]
    assert stand.world.inventory.stock[MUG] == 8
    assert [type(event) for event in await stand.events()] == [OrderPlaced, OrderPaid]


async def check_cancelled(stand: Stand, order_id: OrderId) -> None:
    """Check that an order is cancelled, with everything given back once."""
    order = await stand.get(order_id)
    assert (order.state, says(order)[-2:]) == (OrderState.CANCELLED, ["Payment refunded", "Order cancelled"])
    assert stand.world.inventory.stock[MUG] == 10
    assert [type(event) for event in await stand.events()] == [OrderPlaced, OrderPaid, OrderEnded]


async def test_its_timeline_says_so_and_nothing_goes_on_by_itself(stand: Stand) -> None:
    order_id = await refused_one(stand)
    assert says(await stand.get(order_id))[-1] == refused(CLOSED)
    for _ in range(3):
        stand.world.clock.advance(days=1)
        await stand.container.runner().once()
        await stand.another().saga.run(order_id)
    await check_waits(stand, order_id, CLOSED)
    assert references(stand) == ["rest-1"]


async def test_whoever_revokes_it_hears_at_once_that_it_waits(stand: Stand) -> None:
    order_id = await stand.begin()
    await stand.saga.run(order_id)
    stand.world.payments.refusals.append(CLOSED)
    async with stand.running(), asyncio.timeout(10):
        order = await revoke(stand, order_id, seconds=60)
        assert (order.state, says(order)[-1]) == (OrderState.CANCELLING, refused(CLOSED))
        assert await stand.cancel(order_id, seconds=60) == order


async def test_revoked_again_it_asks_for_a_new_refund(stand: Stand) -> None:
    order_id = await refused_one(stand, CLOSED, DISPUTED)
    stand.world.clock.advance(days=90)
    await revoke(stand, order_id)
    assert says(await stand.get(order_id))[-1] == RETRYING
    await stand.saga.run(order_id)
    await check_waits(stand, order_id, CLOSED, DISPUTED)
    async with stand.running(), asyncio.timeout(10):
        assert (await revoke(stand, order_id, seconds=60)).state is OrderState.CANCELLED
    assert references(stand) == ["rest-1", "rest-2", "rest-3"]
    await check_cancelled(stand, order_id)
    assert await revoke(stand, order_id) == await stand.get(order_id)


async def test_what_staff_gave_back_by_hand_meanwhile_is_not_asked_for_again(stand: Stand) -> None:
    order_id = await refused_one(stand)
    total = (await stand.get(order_id)).total
    await stand.world.payments.refund(order_id, total, "by hand")
    await revoke(stand, order_id)
    await stand.saga.run(order_id)
    order = await stand.get(order_id)
    assert (order.state, says(order)[-2:]) == (OrderState.CANCELLED, [telling.refunded(None, total), "Order cancelled"])
    assert references(stand) == ["rest-1", "by hand"]


async def test_a_repeat_under_a_key_tries_nothing(stand: Stand) -> None:
    order_id = await refused_one(stand, CLOSED, DISPUTED)
    await revoke(stand, order_id, key="once more")
    await stand.saga.run(order_id)
    for _ in range(2):
        assert (await revoke(stand, order_id, key="once more")).state is OrderState.CANCELLING
        await stand.saga.run(order_id)
    await check_waits(stand, order_id, CLOSED, DISPUTED)
    assert references(stand) == ["rest-1", "rest-2"]
    with pytest.raises(Conflict):
        await revoke(stand, OrderId("F000000000"), key="once more")


async def test_several_who_revoke_it_at_once_try_it_once(stand: Stand) -> None:
    order_id = await refused_one(stand, CLOSED, DISPUTED)
    await asyncio.gather(*(revoke(each, order_id) for each in (stand, stand.another(), stand)))
    assert says(await stand.get(order_id)).count(RETRYING) == 1
    await stand.saga.run(order_id)
    await check_waits(stand, order_id, CLOSED, DISPUTED)


async def test_its_customer_cannot_have_it_tried_again(stand: Stand) -> None:
    order_id = await refused_one(stand)
    assert (await stand.cancel(order_id, seconds=0)).state is OrderState.CANCELLING
    await stand.saga.run(order_id)
    await check_waits(stand, order_id, CLOSED)
    assert references(stand) == ["rest-1"]


@pytest.mark.parametrize("failure", [Crash(), Unavailable(operation="x", reason="down", may_have_executed=True)])
async def test_a_refusal_whose_answer_was_lost_is_told_once(stand: Stand, failure: BaseException) -> None:
    order_id = await stand.begin()
    await stand.saga.run(order_id)
    await revoke(stand, order_id)
    stand.world.payments.refusals.append(CLOSED)
    stand.world.payments.faults.append(("refund_rest", "after", failure))
    if isinstance(failure, CallError):
        await stand.saga.run(order_id)
    else:
        with pytest.raises(Crash):
            await stand.saga.run(order_id)
    await stand.another().saga.run(order_id)
    await check_waits(stand, order_id, CLOSED)
    told = says(await stand.get(order_id))
    assert [each for each in told if each in (UNANSWERED, FOUND)] == (
        [UNANSWERED, FOUND] * isinstance(failure, CallError)
    )
    assert references(stand) == ["rest-1"]


async def test_of_two_who_work_on_it_the_later_changes_nothing(stand: Stand) -> None:
    """Neither by the same refusal, nor by a failure, nor by handing it back when it is stopped."""
    order_id = await stand.begin()
    await stand.saga.run(order_id)
    await revoke(stand, order_id)
    async with stand.database.read() as session:
        stale = await tasks.find(session, order_id)
    assert stale is not None
    stand.world.payments.refusals.append(CLOSED)
    await stand.saga.run(order_id)
    now = stand.world.clock.now()
    async with stand.database.write() as work:
        again = tasks.Move(step=Step.REFUND, is_refused=True, says=[refused(CLOSED)])
        assert not await tasks.move(work.session, stale, again, now, now)
        await tasks.postpone(work.session, stale, now, now, Answer.MISSING, [UNANSWERED])
        await tasks.hand_back(work.session, order_id, now)
    await stand.container.runner().once()
    await check_waits(stand, order_id, CLOSED)
    assert references(stand) == ["rest-1"]
