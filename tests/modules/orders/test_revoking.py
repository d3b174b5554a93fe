"""The store cancels a paid order: the money goes back once, then the stock, whatever fails in between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest

from contracts.kit import Role, TimedOut, Unavailable
from contracts.orders import Order, OrderEnded, OrderNotFound, OrderPaid, OrderPlaced, OrderState, TooLate
from contracts.payments import Refund, RefundState
from contracts.values import AccountId, Money, OrderId
from modules.orders.telling import FOUND, REFUNDING, UNANSWERED
from tests.modules.orders.doubles import LAMP, MUG, Breakable, Crash
from tests.modules.orders.stand import Stand, acting, lines, says

CLERK = AccountId("clerk")
PAID = ["Order placed", "Items reserved", "Payment authorised", "Order confirmed", "Paid"]
REVOKED = [*PAID, "The store cancels the order", "Payment refunded", "Order cancelled"]


async def revoke(stand: Stand, order_id: OrderId, seconds: float = 0) -> Order:
    """Revoke an order, as staff."""
    with acting(CLERK, Role.STAFF, seconds=seconds):
        return await stand.service.revoke_order(order_id)


async def paid(stand: Stand) -> OrderId:
    """Return an order of two mugs and a lamp that is paid."""
    order_id = await stand.begin(lines(MUG_BLUE=2, LAMP=1))
    await stand.saga.run(order_id)
    assert (await stand.get(order_id)).state is OrderState.PAID
    return order_id


async def check_revoked(stand: Stand, order_id: OrderId) -> None:
    """Check that everything was given back, once."""
    order = await stand.get(order_id)
    assert (order.state, order.reason) == (OrderState.CANCELLED, "revoked")
    assert [each for each in says(order) if each not in (UNANSWERED, FOUND, REFUNDING)] == REVOKED
    assert (stand.world.inventory.stock[MUG], stand.world.inventory.stock[LAMP]) == (10, 10)
    assert [each.amount for each in stand.world.payments.refunds.values()] == [order.total]
    events = await stand.events()
    assert [type(event) for event in events] == [OrderPlaced, OrderPaid, OrderEnded]


async def test_a_paid_order_is_refunded_and_its_stock_comes_back(stand: Stand) -> None:
    order_id = await paid(stand)
    assert (await revoke(stand, order_id)).state is OrderState.CANCELLING
    async with stand.running():
        order = await revoke(stand, order_id, seconds=10)
    assert order.state is OrderState.CANCELLED
    await check_revoked(stand, order_id)
    assert await stand.cancel(order_id) == await revoke(stand, order_id) == order


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("operation", ["refund_rest", "take_back"])
@pytest.mark.parametrize("failure", [Crash(), Unavailable(operation="x", reason="down", may_have_executed=True)])
async def test_whatever_fails_on_the_way_money_and_stock_go_back_once(
    stand: Stand, operation: str, when: str, failure: BaseException
) -> None:
    order_id = await paid(stand)
    await revoke(stand, order_id)
    provider: Breakable = stand.world.payments if operation == "refund_rest" else stand.world.inventory
    provider.faults.append((operation, when, failure))
    if isinstance(failure, Crash):
        with pytest.raises(Crash):
            await stand.saga.run(order_id)
    else:
        await stand.saga.run(order_id)
    await stand.another().saga.run(order_id)
    await check_revoked(stand, order_id)


@contextmanager
def under_way(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the payments say in the block that the refund is not done yet."""
    done = stand.world.payments.refund_rest

    async def pending(order_id: OrderId, refusals: int) -> Refund:
        refund = await done(order_id, refusals)
        assert refund is not None
        return msgspec.structs.replace(refund, state=RefundState.PENDING)

    with monkeypatch.context() as patch:
        patch.setattr(stand.world.payments, "refund_rest", pending)
        yield


async def test_a_refund_under_way_is_said_to_be_and_is_asked_for_until_it_is_done(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = await paid(stand)
    await revoke(stand, order_id)
    with under_way(stand, monkeypatch):
        for _ in range(3):
            await stand.saga.run(order_id)
    order = await stand.get(order_id)
    assert (order.state, says(order)[-1]) == (OrderState.CANCELLING, REFUNDING)
    assert says(order).count(REFUNDING) == 1
    await stand.saga.run(order_id)
    await check_revoked(stand, order_id)


@pytest.mark.parametrize("is_asked", [True, False], ids=["asked", "not even asked"])
async def test_a_refund_is_said_to_be_under_way_also_where_it_was_first_asked_for_in_vain(
    stand: Stand, monkeypatch: pytest.MonkeyPatch, is_asked: bool
) -> None:
    order_id = await paid(stand)
    await revoke(stand, order_id)
    silence = Unavailable(operation="x", reason="down", may_have_executed=is_asked)
    with under_way(stand, monkeypatch):
        for is_silent in (True, True, False, False, True, False):
            stand.world.payments.faults += [("refund_rest", "after", silence)] * is_silent
            await stand.saga.run(order_id)
    told = [UNANSWERED, FOUND, REFUNDING] if is_asked else [REFUNDING]
    assert says(await stand.get(order_id)) == [*PAID, "The store cancels the order", *told]
    await stand.saga.run(order_id)
    assert says(await stand.get(order_id))[-3:] == [REFUNDING, "Payment refunded", "Order cancelled"]
    await check_revoked(stand, order_id)


@pytest.mark.parametrize(
    ("parts", "told"), [((100, 200), "The rest of the payment refunded"), ((), "The payment had been refunded before")]
)
async def test_what_was_given_back_before_is_not_given_back_again(
    stand: Stand, parts: tuple[int, ...], told: str
) -> None:
    """In parts, or else the whole; under the names that the store's own refunds could have had, too."""
    order_id = await paid(stand)
    total = (await stand.get(order_id)).total
    for number, amount in enumerate(parts or (total.amount,)):
        part = Money(amount=amount, currency=total.currency)
        await stand.world.payments.refund(order_id, part, ("revoked", order_id)[number])
    await revoke(stand, order_id)
    await stand.saga.run(order_id)
    order = await stand.get(order_id)
    assert (order.state, says(order)[-2:]) == (OrderState.CANCELLED, [told, "Order cancelled"])
    assert sum(each.amount.amount for each in stand.world.payments.refunds.values()) == total.amount
    assert (stand.world.inventory.stock[MUG], stand.world.inventory.stock[LAMP]) == (10, 10)
    assert [type(event) for event in await stand.events()] == [OrderPlaced, OrderPaid, OrderEnded]


async def test_an_order_that_is_not_paid_goes_back_as_if_its_customer_had_cancelled(stand: Stand) -> None:
    order_id = await stand.begin()
    await revoke(stand, order_id)
    await stand.saga.run(order_id)
    order = await stand.get(order_id)
    assert (order.state, order.reason) == (OrderState.CANCELLED, "revoked")
    assert stand.world.payments.refunds == {}
    assert stand.world.inventory.stock[MUG] == 10


async def test_it_can_be_too_late_or_too_early(stand: Stand) -> None:
    order_id = await stand.begin()
    stand.world.payments.faults.append(("capture", "before", Crash()))
    with pytest.raises(Crash):
        await stand.saga.run(order_id)
    with pytest.raises(TooLate) as refusal:
        await revoke(stand, order_id)
    assert refusal.value.state is OrderState.CONFIRMED
    await stand.saga.run(order_id)
    stand.world.clock.advance(days=60)
    with pytest.raises(TooLate) as refusal:
        await revoke(stand, order_id)
    assert refusal.value.state is OrderState.PAID
    assert (await revoke(stand.another(revocable_days=61), order_id)).state is OrderState.CANCELLING
    with pytest.raises(OrderNotFound):
        await revoke(stand, OrderId("F000000000"))


@pytest.mark.parametrize("operation", ["authorise", "capture"])
async def test_the_timeline_says_when_the_provider_kept_silent_and_when_it_answered(
    stand: Stand, operation: str
) -> None:
    order_id = await stand.begin()
    for failure in (Unavailable(operation="x", reason="down", may_have_executed=True), TimedOut(operation="x")):
        stand.world.payments.faults.append((operation, "after", failure))
        await stand.saga.run(order_id)
    await stand.saga.run(order_id)
    told = says(await stand.get(order_id))
    answer = {"authorise": "Payment authorised", "capture": "Paid"}[operation]
    assert told == [*PAID[: PAID.index(answer)], UNANSWERED, FOUND, *PAID[PAID.index(answer) :]]


async def test_what_was_not_even_asked_is_not_said_to_be_unanswered(stand: Stand) -> None:
    order_id = await stand.begin()
    absent = Unavailable(operation="x", reason="absent", may_have_executed=False)
    stand.world.payments.faults.append(("authorise", "before", absent))
    stand.world.inventory.faults.append(("reserve", "after", TimedOut(operation="x")))
    for _ in range(3):
        await stand.saga.run(order_id)
    assert says(await stand.get(order_id)) == PAID
