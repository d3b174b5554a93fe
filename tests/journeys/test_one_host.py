"""The four modules of a purchase in one host: real catalogue, stock, payments and orders."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from app.runtime.host import Host
from contracts.catalog import Catalog, Category, NewProduct, Variant
from contracts.inventory import Inventory
from contracts.kit import Actor, Context, Role, idempotency_key
from contracts.kit.context import scope
from contracts.orders import NotAvailable, Order, Orders, OrderState, PaymentRefused, TooLate
from contracts.payments import Payments
from contracts.values import AccountId, Address, CategoryId, Line, Money, ProductId, Sku
from tests.builders import running, shop_parts

MUG = Sku("MUG")
HOME = Address(name="Ada", street="Main Street 1", postal_code="10115", city="Berlin", country="DE")
QUICK = {"payments": {"sandbox_slow_seconds": 0.3}}


@contextmanager
def acting(account: str, role: Role) -> Iterator[None]:
    with scope(context=Context(actor=Actor(id=AccountId(account), roles=frozenset({role})))):
        yield


@asynccontextmanager
async def shop(folder: Path, stock: int) -> AsyncIterator[Host]:
    """Run a shop that sells mugs."""
    parts = shop_parts("catalog", "inventory", "payments", "orders")
    assert len(parts) == 4
    async with running(*parts, data=folder, settings=QUICK) as host:
        with acting("clerk", Role.STAFF):
            catalog = host.proxy(Catalog)
            category = CategoryId("mugs")
            await catalog.add_category(Category(id=category, slug="mugs", name="Mugs", parent_id=None, vat_rate=1900))
            price = Money(amount=1250, currency="EUR")
            mug = Variant(sku=MUG, price=price, weight_grams=400)
            new = NewProduct(id=ProductId("mug"), name="Mug", brand="Acme", category_id=category, variants=(mug,))
            await catalog.add_product(new)
            await host.settled()
            await host.proxy(Inventory).restock(MUG, stock)
        yield host


async def buy(host: Host, account: str, quantity: int = 1, token: str = "tok_success", key: str | None = None) -> Order:
    """Buy mugs by a fresh quote."""
    orders, wanted = host.proxy(Orders), (Line(sku=MUG, quantity=quantity),)
    with acting(account, Role.CUSTOMER):
        quote = await orders.quote(wanted, "DE")
        if key is None:
            return await orders.place_order(quote.digest, wanted, HOME, token)
        with idempotency_key(key):
            return await orders.place_order(quote.digest, wanted, HOME, token)


async def until(host: Host, account: str, state: OrderState) -> None:
    """Wait until an account's latest order is in this state."""
    with acting(account, Role.CUSTOMER):
        async with asyncio.timeout(20):
            while [each.state for each in (await host.proxy(Orders).list_orders(None, 1)).orders] != [state]:  # noqa: ASYNC110
                await asyncio.sleep(0.005)


async def balances(host: Host) -> dict[str, int]:
    """Return the ledger's balances that are not zero, after checking that they sum to zero."""
    with acting("auditor", Role.OPERATOR):
        found = await host.proxy(Payments).list_balances()
    assert sum(each.amount for each in found) == 0
    return {each.account: each.amount for each in found if each.amount}


async def available(host: Host) -> int:
    """Return how many mugs can be promised."""
    (found,) = await host.proxy(Inventory).get_availability((MUG,))
    return found.available


async def test_buying_a_decline_and_the_last_one(tmp_path: Path) -> None:
    async with shop(tmp_path, stock=3) as host:
        order = await buy(host, "ada", 2)
        assert (order.state, order.total.amount) == (OrderState.PAID, 2 * 1250 + 490)
        assert await balances(host) == {"provider:receivable": 2990, "sales:clearing": -2990}
        with pytest.raises(PaymentRefused) as refusal:
            await buy(host, "bob", token="tok_decline")
        assert refusal.value.reason == "declined"
        assert await available(host) == 1
        with pytest.raises(NotAvailable):
            await buy(host, "bob", 2)
        slow = await buy(host, "bob", token="tok_slow")
        assert slow.state is OrderState.PAID
        assert await available(host) == 0
        assert await balances(host) == {"provider:receivable": 4730, "sales:clearing": -4730}
        with acting("bob", Role.CUSTOMER):
            page = await host.proxy(Orders).list_orders(None, 10)
            assert [each.state for each in page.orders] == [OrderState.PAID, OrderState.REJECTED]
            with pytest.raises(TooLate):
                await host.proxy(Orders).cancel_order(slow.id)


@pytest.mark.parametrize("token", ["tok_lost", "tok_late", "tok_twice", "tok_early"])
async def test_whatever_the_provider_does_an_order_is_paid_once_and_revoked_once(tmp_path: Path, token: str) -> None:
    async with shop(tmp_path, stock=3) as host:
        order = await buy(host, "ada", 2, token)
        await until(host, "ada", OrderState.PAID)
        assert await balances(host) == {"provider:receivable": 2990, "sales:clearing": -2990}
        with acting("clerk", Role.STAFF):
            await host.proxy(Orders).revoke_order(order.id)
        await until(host, "ada", OrderState.CANCELLED)
        assert await balances(host) == {}
        assert await available(host) == 3
        with acting("clerk", Role.STAFF):
            told = [entry.what for entry in (await host.proxy(Orders).get_order(order.id)).timeline]
        steps = ["Payment authorised", "Order confirmed", "Paid", "The store cancels the order", "Payment refunded"]
        assert [each for each in told if each in steps] == steps
        silent = "The payment provider has not answered: it is asked again"
        assert told.count(silent) == {"tok_lost": 3, "tok_late": 1}.get(token, 0)


async def test_many_buyers_of_few_items_buy_exactly_these(tmp_path: Path) -> None:
    async with shop(tmp_path, stock=5) as host:
        results = await asyncio.gather(*(buy(host, f"buyer {each}") for each in range(20)), return_exceptions=True)
        paid = [each for each in results if isinstance(each, Order)]
        assert [each for each in results if not isinstance(each, (Order, NotAvailable))] == []
        assert [each.state for each in paid] == [OrderState.PAID] * 5
        assert await available(host) == 0
        assert await balances(host) == {"provider:receivable": 5 * 1740, "sales:clearing": -5 * 1740}


async def test_a_double_click_across_a_swap_of_every_module_buys_once(tmp_path: Path) -> None:
    async with shop(tmp_path, stock=5) as host:
        clicks = [asyncio.create_task(buy(host, "ada", token="tok_slow", key="click")) for _ in range(5)]
        await until(host, "ada", OrderState.PLACED)
        for module in ("payments", "inventory", "orders", "catalog"):
            await host.renew(module)
        orders = await asyncio.gather(*clicks)
        assert {order.id for order in orders} == {orders[0].id}
        assert {order.state for order in orders} == {OrderState.PAID}
        assert await available(host) == 4
        assert await balances(host) == {"provider:receivable": 1740, "sales:clearing": -1740}


async def test_an_order_goes_on_where_the_host_was_stopped(tmp_path: Path) -> None:
    parts = shop_parts("catalog", "inventory", "payments", "orders")
    async with shop(tmp_path, stock=5) as host:
        click = asyncio.create_task(buy(host, "ada", token="tok_slow"))
        await until(host, "ada", OrderState.PLACED)
        click.cancel()
        await asyncio.wait([click])
    async with running(*parts, data=tmp_path, settings=QUICK) as host:
        await until(host, "ada", OrderState.PAID)
        assert await available(host) == 4
        assert await balances(host) == {"provider:receivable": 1740, "sales:clearing": -1740}
