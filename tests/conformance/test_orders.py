"""What the contract of orders promises of buying."""

from __future__ import annotations

import asyncio
import time

import pytest

from contracts.catalog import Catalog
from contracts.kit import Conflict, Role, TimedOut, idempotency_key
from contracts.kit.context import scope
from contracts.orders import (
    ItemProblem,
    NotAvailable,
    Order,
    OrderState,
    PaymentRefused,
    QuoteChanged,
)
from contracts.values import Money
from tests.conformance.goods import shelve
from tests.conformance.shoppers import GOOD, HOME, REFUSED, SLOW, Shopper, lines
from tests.conformance.stage import Stage, fresh

MODULES = ("catalog", "inventory", "payments", "orders")


@pytest.fixture
def ada(stage: Stage) -> Shopper:
    """A shopper who has not ordered anything yet."""
    return Shopper(stage)


async def test_what_was_quoted_is_bought(ada: Shopper, stage: Stage) -> None:
    (sku,) = await shelve(stage, 5)
    quote = await ada.quote(sku, 2)
    order = await ada.buy(sku, 2, quote=quote)
    assert (order.state, order.reason, order.address) == (OrderState.PAID, None, HOME)
    assert (order.lines, order.delivery, order.vat, order.total) == (
        quote.lines,
        quote.delivery,
        quote.vat,
        quote.total,
    )
    assert [entry.at for entry in order.timeline] == sorted(entry.at for entry in order.timeline)
    assert len(order.timeline) > 1
    with ada.acting() as orders:
        assert await orders.get_order(order.id) == order
    with pytest.raises(NotAvailable) as refusal:
        await ada.quote(sku, 4)
    assert refusal.value.problems == (ItemProblem(sku=sku, wanted=4, available=3),)


async def test_nothing_is_ordered_by_a_quote_that_changed(ada: Shopper, stage: Stage) -> None:
    (sku,) = await shelve(stage, 5)
    shown = await ada.quote(sku)
    with stage.acting(Role.STAFF):
        await stage.contract(Catalog).change_price(sku, Money(amount=4321, currency="EUR"))
    with pytest.raises(QuoteChanged) as refusal:
        await ada.buy(sku, quote=shown)
    quote = refusal.value.quote
    assert quote == await ada.quote(sku)
    assert quote.lines[0].unit_price.amount == 4321
    assert quote.digest != shown.digest
    assert await ada.history() == []
    assert (await ada.buy(sku, quote=quote)).total == quote.total


async def test_a_refused_payment_rejects_the_order_and_keeps_the_stock(ada: Shopper, stage: Stage) -> None:
    (sku,) = await shelve(stage, 1)
    for token, reason in REFUSED.items():
        with pytest.raises(PaymentRefused) as refusal:
            await ada.buy(sku, token=token)
        assert refusal.value.reason == reason
        with ada.acting() as orders:
            order = await orders.get_order(refusal.value.order_id)
        assert (order.state, order.reason) == (OrderState.REJECTED, reason)
    assert (await ada.buy(sku)).state is OrderState.PAID


async def test_what_is_sold_out_cannot_be_ordered(ada: Shopper, stage: Stage) -> None:
    (sku,) = await shelve(stage, 2)
    quote = await ada.quote(sku, 2)
    await ada.buy(sku)
    with pytest.raises(NotAvailable) as refusal:
        await ada.buy(sku, 2, quote=quote)
    assert refusal.value.problems == (ItemProblem(sku=sku, wanted=2, available=1),)


async def test_many_buyers_of_few_items_buy_exactly_these(stage: Stage) -> None:
    (sku,) = await shelve(stage, 3)
    buying = [Shopper(stage).buy(sku) for _ in range(6)]
    results = await asyncio.gather(*buying, return_exceptions=True)
    assert [each for each in results if not isinstance(each, (Order, NotAvailable))] == []
    assert [each.state for each in results if isinstance(each, Order)] == [OrderState.PAID] * 3


async def test_a_double_click_buys_once(ada: Shopper, stage: Stage) -> None:
    (sku,) = await shelve(stage, 5)
    quote = await ada.quote(sku)
    with idempotency_key(fresh("key")), ada.acting() as orders:
        clicks = [orders.place_order(quote.digest, lines((sku, 1)), HOME, GOOD) for _ in range(4)]
        first, *others = await asyncio.gather(*clicks)
        others.append(await orders.place_order(quote.digest, lines((sku, 1)), HOME, GOOD))
        assert others == [first] * 4
        with pytest.raises(Conflict):
            await orders.place_order(quote.digest, lines((sku, 1)), HOME, SLOW)
    assert await ada.history() == [first.id]
    another = await ada.buy(sku)
    assert await ada.history() == [another.id, first.id]


async def test_who_gave_up_waiting_and_tries_again_buys_once(ada: Shopper, stage: Stage) -> None:
    (sku,) = await shelve(stage, 100)
    slow = await ada.buy_slowly(sku)
    slow.buying.cancel()
    await asyncio.wait([slow.buying])
    placed = await ada.history()
    with idempotency_key(slow.key):
        assert (await ada.buy(sku, token=SLOW)).id == slow.order_id
    assert await ada.history() == placed


async def test_a_refusal_is_given_again_under_its_key(ada: Shopper, stage: Stage) -> None:
    (sku,) = await shelve(stage, 5)
    quote, refusals = await ada.quote(sku), []
    with idempotency_key(fresh("key")), ada.acting() as orders:
        for _ in range(2):
            with pytest.raises(PaymentRefused) as refusal:
                await orders.place_order(quote.digest, lines((sku, 1)), HOME, "tok_decline")
            refusals.append(refusal.value)
    assert refusals[0] == refusals[1]
    assert await ada.history() == [refusals[0].order_id]


async def test_what_was_not_ordered_is_answered_so_again_under_its_key(ada: Shopper, stage: Stage) -> None:
    (sku,) = await shelve(stage, 1)
    quote, refusals = await ada.quote(sku), []
    with idempotency_key(fresh("key")), ada.acting() as orders:
        for _ in range(2):
            with pytest.raises(QuoteChanged) as refusal:
                await orders.place_order("seen elsewhere", lines((sku, 1)), HOME, GOOD)
            refusals.append(refusal.value)
            if len(refusals) == 1:
                with idempotency_key(fresh("key")):  # by now there is none left, and the quote would be another error
                    await orders.place_order(quote.digest, lines((sku, 1)), HOME, GOOD)
        with pytest.raises(Conflict):
            await orders.place_order(quote.digest, lines((sku, 1)), HOME, GOOD)
    assert refusals == [QuoteChanged(quote=quote)] * 2
    assert len(await ada.history()) == 1


async def test_a_key_is_its_actors_own(ada: Shopper, stage: Stage) -> None:
    (sku,) = await shelve(stage, 5)
    bob = Shopper(stage)
    with idempotency_key(fresh("key")):
        assert (await ada.buy(sku)).id != (await bob.buy(sku)).id


async def test_when_time_runs_short_the_order_is_answered_as_it_stands_and_goes_on(ada: Shopper, stage: Stage) -> None:
    (sku,) = await shelve(stage, 100)
    quote, order = await ada.quote(sku), None
    for _ in range(20):  # this machine may be busy
        try:
            with scope(due=time.monotonic_ns() + 1_300_000_000):
                order = await ada.buy(sku, token=SLOW, quote=quote)
        except TimedOut:
            continue
        if order.state is not OrderState.PAID:
            break
    assert order is not None
    assert order.state is OrderState.PLACED
    async with asyncio.timeout(30):
        while await ada.state(order.id) is not OrderState.PAID:  # noqa: ASYNC110 - nobody rings
            await asyncio.sleep(0.02)
