"""Placing an order: what comes of it, once, and how it is answered."""

from __future__ import annotations

import asyncio

import pytest

from contracts.kit import Conflict, Unavailable
from contracts.orders import (
    ItemProblem,
    NoDelivery,
    NotAvailable,
    OrderEnded,
    OrderPaid,
    OrderPlaced,
    OrderState,
    PaymentRefused,
    QuoteChanged,
)
from contracts.payments import PaymentState
from contracts.values import Line, Money
from tests.modules.orders.doubles import LAMP, MUG, offer
from tests.modules.orders.stand import ADA, BOB, HOME, TWO_MUGS, Stand, lines, says


async def test_a_quote_adds_up_and_asks_catalogue_and_stock(stand: Stand) -> None:
    quote = await stand.quote((*TWO_MUGS, *lines(LAMP=1), *lines(MUG_BLUE=1)))
    assert [(line.sku, line.quantity) for line in quote.lines] == [(MUG, 3), (LAMP, 1)]
    assert quote.total.amount == 3 * 1250 + 4999 + 490
    with pytest.raises(NotAvailable) as refusal:
        await stand.quote(lines(MUG_BLUE=11, GONE=1))
    assert refusal.value.problems == (
        ItemProblem(sku=MUG, wanted=11, available=10),
        ItemProblem(sku=lines(GONE=1)[0].sku, wanted=1, available=0),
    )
    with pytest.raises(NoDelivery):
        await stand.service.quote(TWO_MUGS, "US")


async def test_a_purchase_goes_all_the_way(stand: Stand) -> None:
    async with stand.running():
        order = await stand.place()
    assert order.state is OrderState.PAID
    assert (order.address, order.placed, order.reason) == (HOME, stand.world.clock.now(), None)
    assert order.total == Money(amount=2990, currency="EUR")
    assert says(order) == ["Order placed", "Items reserved", "Payment authorised", "Order confirmed", "Paid"]
    assert order == await stand.get(order.id)
    assert stand.world.calls == ["reserve", "commit", "authorise", "capture"]
    assert stand.world.inventory.left == {order.id: TWO_MUGS}
    assert stand.world.payments.state(order.id) is PaymentState.CAPTURED
    assert await stand.events() == [
        OrderPlaced(order_id=order.id, account_id=ADA, lines=TWO_MUGS),
        OrderPaid(order_id=order.id, account_id=ADA, lines=TWO_MUGS, total=order.total, placed=order.placed),
    ]


async def test_lines_of_the_same_sku_are_ordered_as_one(stand: Stand) -> None:
    async with stand.running():
        order = await stand.place((*TWO_MUGS, *lines(MUG_BLUE=3)))
    assert stand.world.inventory.left == {order.id: (Line(sku=MUG, quantity=5),)}


async def test_a_declined_payment_rejects_the_order_and_gives_the_stock_back(stand: Stand) -> None:
    async with stand.running():
        with pytest.raises(PaymentRefused) as refusal:
            await stand.place(token="tok_insufficient_funds")
    assert refusal.value.reason == "insufficient_funds"
    order = await stand.get(refusal.value.order_id)
    assert (order.state, order.reason) == (OrderState.REJECTED, "insufficient_funds")
    assert says(order)[-2:] == ["Payment declined: not enough money on the card", "Order closed: nothing is owed"]
    assert stand.world.inventory.stock[MUG] == 10
    assert (await stand.events())[-1] == OrderEnded(order_id=order.id, account_id=ADA, state=OrderState.REJECTED)


async def test_what_was_sold_out_meanwhile_rejects_the_order_before_any_payment(stand: Stand) -> None:
    async def others_buy() -> None:
        stand.world.inventory.stock[MUG] = 1

    stand.world.inventory.meanwhile["reserve"] = others_buy
    async with stand.running():
        with pytest.raises(NotAvailable) as refusal:
            await stand.place()
    assert refusal.value.problems == (ItemProblem(sku=MUG, wanted=2, available=1),)
    assert stand.world.payments.calls == []
    (placed, ended) = await stand.events()
    assert isinstance(placed, OrderPlaced)
    assert ended == OrderEnded(order_id=placed.order_id, account_id=ADA, state=OrderState.REJECTED)
    assert (await stand.get(placed.order_id)).reason == "sold_out"


async def test_nothing_is_ordered_by_a_quote_that_changed(stand: Stand) -> None:
    shown = await stand.quote()
    stand.world.catalog.offers[MUG] = offer(MUG, 1300)
    async with stand.running():
        with pytest.raises(QuoteChanged) as refusal:
            await stand.place(digest=shown.digest, key="k")
        assert refusal.value.quote == await stand.quote()
        assert await stand.events() == []
        bought = await stand.place(digest=refusal.value.quote.digest, key="l")
        assert bought.total == refusal.value.quote.total
        # What is so by now changes nothing about what was answered under that key.
        stand.world.catalog.offers[MUG] = offer(MUG, 1250)
        with pytest.raises(QuoteChanged) as again:
            await stand.place(digest=shown.digest, key="k")
        assert again.value == refusal.value
        with pytest.raises(Conflict):
            await stand.place(digest=bought.id, key="k")
    assert len(await stand.events()) == 2


async def test_nothing_is_ordered_while_it_cannot_be_quoted(stand: Stand) -> None:
    shown = await stand.quote()
    outage = Unavailable(operation="catalog.get_offers", reason="down")
    stand.world.catalog.faults.append(("get_offers", "before", outage))
    with pytest.raises(Unavailable):
        await stand.place(digest=shown.digest)
    stand.world.inventory.stock[MUG] = 0
    with pytest.raises(NotAvailable):
        await stand.place(digest=shown.digest)
    assert await stand.events() == []


async def test_when_time_runs_short_the_order_is_answered_as_it_stands_and_goes_on(stand: Stand) -> None:
    order = await stand.place(seconds=0.05)
    assert order.state is OrderState.PLACED
    async with stand.running():
        assert (await stand.until_lasting(order.id)).state is OrderState.PAID


async def test_a_double_click_orders_once_and_both_get_the_order(stand: Stand) -> None:
    shown = (await stand.quote(lines(MUG_BLUE=10))).digest
    async with stand.running():
        clicks = [stand.place(lines(MUG_BLUE=10), digest=shown, key="click") for _ in range(20)]
        orders = await asyncio.gather(*clicks)
        assert all(order == orders[0] for order in orders)
        assert orders[0].state is OrderState.PAID
        # By now nothing is left to be quoted, and the price is another; the answer is the same.
        stand.world.catalog.offers[MUG] = offer(MUG, 1)
        assert await stand.place(lines(MUG_BLUE=10), digest=shown, key="click") == orders[0]
    assert len(await stand.events()) == 2
    assert stand.world.calls == ["reserve", "commit", "authorise", "capture"]


async def test_a_refusal_is_repeated_under_its_key_and_another_key_is_another_order(stand: Stand) -> None:
    async with stand.running():
        refusals = []
        for key in ("a", "a", "b"):
            with pytest.raises(PaymentRefused) as refusal:
                await stand.place(token="tok_declined", key=key)
            refusals.append(refusal.value.order_id)
        assert refusals[0] == refusals[1] != refusals[2]
        with pytest.raises(Conflict):
            await stand.place(token="tok_success", key="a")


async def test_a_key_belongs_to_its_actor(stand: Stand) -> None:
    async with stand.running():
        hers, his = await stand.place(key="k"), await stand.place(key="k", account=BOB)
    assert hers.id != his.id


@pytest.mark.parametrize("token", ["tok_success", "tok_declined"])
async def test_the_card_is_forgotten_once_the_payment_is_decided(stand: Stand, token: str) -> None:
    order_id = await stand.begin(token=token)
    assert (await stand.row(order_id))["payment_token"] == token
    await stand.saga.run(order_id)
    assert (await stand.row(order_id))["payment_token"] is None
