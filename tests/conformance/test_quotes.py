"""What the contract of orders promises of quotes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from contracts.inventory import Inventory, UnknownSku
from contracts.kit import InvalidArgument, Role
from contracts.orders import ItemProblem, NoDelivery, NotAvailable, Orders
from contracts.values import Money, Sku
from tests.conformance.goods import add_category, add_product, new_sku, shelve
from tests.conformance.shoppers import lines
from tests.conformance.stage import Stage
from tests.modules.catalog.builders import variant

MODULES = ("catalog", "inventory", "payments", "orders")


def contained(gross: int, rate: int) -> int:
    """Return the VAT that an amount contains at a rate in hundredths of a percent, rounded half up."""
    return int(gross * rate / (10_000 + rate) + 0.5)


async def shelve_at(stage: Stage, price: int, rate: int, grams: int = 100) -> Sku:
    """Sell plenty of something at a price, a rate of VAT and a weight."""
    sku = new_sku()
    made = variant(sku, price, grams=grams, Colour="Blue", Size="350 ml")
    await add_product(stage, await add_category(stage, vat_rate=rate), made, name="Mug")
    with stage.acting(Role.STAFF):
        while True:
            try:
                await stage.contract(Inventory).restock(sku, 2000)
            except UnknownSku:  # the stock is still to hear of it
                await asyncio.sleep(0.01)
            else:
                return sku


async def test_a_quote_says_what_is_bought_and_what_that_costs(stage: Stage) -> None:
    mug, tea = await shelve_at(stage, 1250, 1900), await shelve_at(stage, 399, 700)
    orders = stage.contract(Orders)
    quote = await orders.quote(lines((mug, 2), (tea, 3), (mug, 1)), "DE")
    assert [(line.sku, line.quantity, line.vat_rate) for line in quote.lines] == [(mug, 3, 1900), (tea, 3, 700)]
    for line, price in zip(quote.lines, (1250, 399), strict=True):
        assert (line.name, line.unit_price) == ("Mug", Money(amount=price, currency="EUR"))
        assert line.total == Money(amount=3 * price, currency="EUR")
        assert "Blue" in line.detail
    goods, delivery = 3 * 1250 + 3 * 399, quote.delivery.amount
    assert delivery > 0
    assert quote.total == Money(amount=goods + delivery, currency="EUR")
    assert {each.rate: each.amount for each in quote.vat} == {
        1900: Money(amount=contained(3 * 1250 + delivery, 1900), currency="EUR"),
        700: Money(amount=contained(3 * 399, 700), currency="EUR"),
    }
    assert await orders.quote(lines((mug, 2), (tea, 3), (mug, 1)), "DE") == quote


async def test_the_digest_stands_for_all_of_a_quote(stage: Stage) -> None:
    mug, tea = await shelve_at(stage, 1250, 1900), await shelve_at(stage, 1250, 1900)
    orders = stage.contract(Orders)
    seen = [
        (await orders.quote(wanted, country)).digest
        for wanted, country in (
            (lines((mug, 1)), "DE"),
            (lines((mug, 2)), "DE"),
            (lines((tea, 1)), "DE"),
            (lines((mug, 1)), "FR"),
        )
    ]
    assert len(set(seen)) == 4
    assert all(0 < len(digest) <= 100 for digest in seen)


async def test_every_line_that_cannot_be_delivered_is_named(stage: Stage) -> None:
    few, none, enough = await shelve(stage, 3, 0, 10)
    unknown = new_sku()
    with pytest.raises(NotAvailable) as refusal:
        await stage.contract(Orders).quote(lines((few, 2), (enough, 1), (unknown, 1), (none, 1), (few, 2)), "DE")
    assert set(refusal.value.problems) == {
        ItemProblem(sku=few, wanted=4, available=3),
        ItemProblem(sku=unknown, wanted=1, available=0),
        ItemProblem(sku=none, wanted=1, available=0),
    }


async def test_of_one_sku_999_can_be_ordered(stage: Stage) -> None:
    sku = await shelve_at(stage, 100, 1900, grams=1)
    orders = stage.contract(Orders)
    quote = await orders.quote(lines((sku, 500), (sku, 499)), "DE")
    assert quote.lines[0].quantity == 999
    with pytest.raises(NotAvailable) as refusal:
        await orders.quote(lines((sku, 500), (sku, 500)), "DE")
    assert refusal.value.problems == (ItemProblem(sku=sku, wanted=1000, available=999),)


async def test_not_every_country_nor_every_weight_is_delivered(stage: Stage) -> None:
    sku = await shelve_at(stage, 1250, 1900, grams=700)
    orders = stage.contract(Orders)
    with pytest.raises(NoDelivery) as refusal:
        await orders.quote(lines((sku, 2)), "AQ")
    assert refusal.value == NoDelivery(country="AQ", weight_grams=1400)
    with pytest.raises(NoDelivery) as refusal:
        await orders.quote(lines((sku, 999)), "DE")
    assert refusal.value == NoDelivery(country="DE", weight_grams=999 * 700)


async def test_anybody_may_ask_within_bounds(stage: Stage) -> None:
    (sku,) = await shelve(stage, 3)
    orders = stage.contract(Orders)
    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: orders.quote((), "DE"),
        lambda: orders.quote(lines((sku, 1)) * 51, "DE"),
        lambda: orders.quote(lines((sku, 0)), "DE"),
        lambda: orders.quote(lines((sku, 1000)), "DE"),
        lambda: orders.quote(lines((sku, 1)), "de"),
        lambda: orders.quote(lines((sku, 1)), "DE\n"),
    ]
    for role in (Role.GUEST, Role.CUSTOMER, Role.STAFF):
        with stage.acting(role):
            assert (await orders.quote(lines((sku, 1)), "DE")).lines[0].sku == sku
            for call in calls:
                with pytest.raises(InvalidArgument):
                    await call()
