"""What the contract of orders promises of orders that the store revokes."""

from __future__ import annotations

import pytest

from contracts.kit import Conflict, PermissionDenied, Role, idempotency_key
from contracts.orders import NotAvailable, Order, OrderNotFound, Orders, OrderState, PaymentRefused, TooLate
from contracts.payments import Payments, PaymentState
from contracts.values import Money, OrderId
from tests.conformance.goods import shelve
from tests.conformance.shoppers import Shopper
from tests.conformance.stage import Stage, fresh

MODULES = ("catalog", "inventory", "payments", "orders")


@pytest.fixture
def ada(stage: Stage) -> Shopper:
    """A shopper who has not ordered anything yet."""
    return Shopper(stage)


async def revoke(stage: Stage, order_id: OrderId) -> Order:
    """Revoke an order, as staff."""
    with stage.acting(Role.STAFF):
        return await stage.contract(Orders).revoke_order(order_id)


async def test_a_paid_order_is_cancelled_and_its_stock_comes_back(ada: Shopper, stage: Stage) -> None:
    (sku,) = await shelve(stage, 2)
    paid = await ada.buy(sku, 2)
    revoked = await revoke(stage, paid.id)
    assert (revoked.state, revoked.reason, revoked.total) == (OrderState.CANCELLED, "revoked", paid.total)
    assert revoked.timeline[: len(paid.timeline)] == paid.timeline
    assert "Payment refunded" in [entry.what for entry in revoked.timeline]
    assert await revoke(stage, paid.id) == revoked
    with ada.acting() as orders:
        assert await orders.cancel_order(paid.id) == await orders.get_order(paid.id) == revoked
    assert (await ada.buy(sku, 2)).state is OrderState.PAID


@pytest.mark.parametrize("parts", [(1,), (1, 250), ()], ids=["one part", "two parts", "all"])
async def test_a_paid_order_of_which_something_was_refunded_before_is_cancelled_too(
    ada: Shopper, stage: Stage, parts: tuple[int, ...]
) -> None:
    if stage.name == "fake":
        pytest.skip("orders in memory keep no payments that anybody could refund")
    (sku,) = await shelve(stage, 2)
    paid, payments = await ada.buy(sku, 2), stage.contract(Payments)
    with stage.acting(Role.SYSTEM):
        for number, amount in enumerate(parts or (paid.total.amount,)):
            part = Money(amount=amount, currency=paid.total.currency)
            await payments.refund(paid.id, part, ("revoked", "goodwill")[number])
    revoked = await revoke(stage, paid.id)
    assert (revoked.state, revoked.reason) == (OrderState.CANCELLED, "revoked")
    with stage.acting(Role.SYSTEM):
        payment = await payments.get_payment(paid.id)
    assert (payment.state, payment.refunded) == (PaymentState.CAPTURED, paid.total.amount)
    assert (await ada.buy(sku, 2)).state is OrderState.PAID


async def test_an_order_that_is_not_paid_yet_can_be_revoked_too(ada: Shopper, stage: Stage) -> None:
    (sku,) = await shelve(stage, 2)
    order_id, buying, _ = await ada.buy_slowly(sku, 2)
    try:
        revoked = await revoke(stage, order_id)
    except TooLate:  # this machine was slower than the card, and the order is just being paid
        await buying
        revoked = await revoke(stage, order_id)
    assert (revoked.state, revoked.reason) == (OrderState.CANCELLED, "revoked")
    assert (await buying).id == order_id


async def test_under_a_key_the_first_answer_is_given_again(ada: Shopper, stage: Stage) -> None:
    (sku,) = await shelve(stage, 2)
    paid = await ada.buy(sku)
    with stage.acting(Role.STAFF), idempotency_key(fresh("key")):
        orders = stage.contract(Orders)
        assert await orders.revoke_order(paid.id) == await orders.revoke_order(paid.id)
        with pytest.raises(Conflict):
            await orders.revoke_order(OrderId("F000000000"))


async def test_what_cannot_be_revoked_says_why(ada: Shopper, stage: Stage) -> None:
    (sku,) = await shelve(stage, 2)
    with pytest.raises(PaymentRefused) as refusal:
        await ada.buy(sku, token="tok_decline")
    with pytest.raises(TooLate) as late:
        await revoke(stage, refusal.value.order_id)
    assert late.value == TooLate(state=OrderState.REJECTED)
    with pytest.raises(OrderNotFound):
        await revoke(stage, OrderId("F000000000"))
    with ada.acting() as orders, pytest.raises(PermissionDenied):
        await orders.revoke_order(refusal.value.order_id)


async def test_after_sixty_days_a_paid_order_stays(ada: Shopper, stage: Stage) -> None:
    (sku,) = await shelve(stage, 2)
    paid = await ada.buy(sku)
    stage.wait(days=60)
    with pytest.raises(TooLate) as late:
        await revoke(stage, paid.id)
    assert late.value == TooLate(state=OrderState.PAID)


async def test_a_refund_that_the_provider_refuses_keeps_an_order_until_staff_revokes_it_again(
    ada: Shopper, stage: Stage
) -> None:
    (sku,) = await shelve(stage, 2)
    paid = await ada.buy(sku, 2, "tok_closed")
    with stage.acting(Role.STAFF), idempotency_key(fresh("key")):
        waiting = await stage.contract(Orders).revoke_order(paid.id)
        assert await stage.contract(Orders).revoke_order(paid.id) == waiting
    assert (waiting.state, waiting.reason) == (OrderState.CANCELLING, "revoked")
    assert "card_closed" in waiting.timeline[-1].what
    with ada.acting() as orders:
        assert await orders.cancel_order(paid.id) == await orders.get_order(paid.id) == waiting
        with pytest.raises(NotAvailable):
            await ada.quote(sku)
    with stage.acting(Role.OPERATOR):
        (book,) = await stage.contract(Orders).get_books((paid.id,))
    assert (book.state, book.step) == (OrderState.CANCELLING, "refund")
    cancelled = await revoke(stage, paid.id)
    assert (cancelled.state, cancelled.reason) == (OrderState.CANCELLED, "revoked")
    assert cancelled.timeline[: len(waiting.timeline)] == waiting.timeline
    assert "Payment refunded" in [entry.what for entry in cancelled.timeline]
    assert await revoke(stage, paid.id) == cancelled
    assert (await ada.buy(sku, 2)).state is OrderState.PAID
