"""The checker is checked: right books pass, and whatever is planted in them is found, by each of its checks."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from contracts.cart import Carts
from contracts.catalog import Catalog, Category, NewProduct, Variant
from contracts.inventory import Inventory
from contracts.kit import STAFF, Actor, Context, Role, idempotency_key
from contracts.kit.context import scope
from contracts.orders import Orders, PaymentRefused
from contracts.values import AccountId, Address, CategoryId, Line, Money, OrderId, ProductId, Sku
from tests.builders import running, shop_parts
from tests.crash.books import Finding, examine, named_queries
from tests.crash.shoppers import WISHES, Purchase

MUG = Sku("MUG")
STOCK = 50
HOME = Address(name="Ada", street="Main Street 1", postal_code="10115", city="Berlin", country="DE")
ADA = Context(actor=Actor(id=AccountId("ada"), roles=frozenset({Role.CUSTOMER})))
CLERK = Context(actor=Actor(id=AccountId("clerk"), roles=STAFF))

PLANTED = {what: (module, spoil) for module, what, spoil in named_queries("planted.sql")}


async def _trade(folder: Path) -> list[Purchase]:
    """Sell a mug to whoever wishes for one, and leave the databases behind."""
    bought: list[Purchase] = []
    async with running(*shop_parts("catalog", "cart", "inventory", "orders", "payments"), data=folder) as host:
        orders, catalog = host.proxy(Orders), host.proxy(Catalog)
        with scope(context=CLERK):
            mugs = CategoryId("mugs")
            await catalog.add_category(Category(id=mugs, slug="mugs", name="Mugs", parent_id=None, vat_rate=1900))
            mug = Variant(sku=MUG, price=Money(amount=1250, currency="EUR"), weight_grams=400)
            await catalog.add_product(
                NewProduct(id=ProductId("mug"), name="Mug", brand="Acme", category_id=mugs, variants=(mug,))
            )
            await host.settled()
            await host.proxy(Inventory).restock(MUG, STOCK)
        for wish in ("buy", "declined", "revoke"):
            purchase = Purchase(f"key-{wish}", "ada", wish, MUG, 1, time.time())
            bought.append(purchase)
            with scope(context=ADA):
                await host.proxy(Carts).add_item(None, MUG, 1)
                await _order(orders, purchase)
            if wish == "revoke":
                with scope(context=CLERK):
                    revoked = await orders.revoke_order(OrderId(str(purchase.order_id)))
                purchase.told.append(revoked.state)
        await host.settled()
    return bought


async def _order(orders: Orders, purchase: Purchase) -> None:
    lines = (Line(sku=MUG, quantity=1),)
    quote = await orders.quote(lines, "DE")
    try:
        with idempotency_key(purchase.key):
            order = await orders.place_order(quote.digest, lines, HOME, WISHES[purchase.wish][0])
    except PaymentRefused as refusal:
        purchase.order_id, purchase.told = refusal.order_id, ["rejected"]
    else:
        purchase.order_id, purchase.told = order.id, [order.state]


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Purchase]]:
    """Databases that are right, and the purchases that were made."""
    folder = tmp_path_factory.mktemp("books") / "data"
    return folder, asyncio.run(_trade(folder))


def found(folder: Path, purchases: list[Purchase]) -> list[Finding]:
    return examine(folder, purchases, filled=STOCK)


def test_right_books_pass(traded: tuple[Path, list[Purchase]]) -> None:
    folder, purchases = traded
    assert [each.last for each in purchases] == ["paid", "rejected", "cancelled"]
    assert found(folder, purchases) == []


def test_every_check_has_something_planted_for_it() -> None:
    assert sorted(PLANTED) == sorted(what for _, what, _ in named_queries("books.sql"))


@pytest.mark.parametrize("what", PLANTED)
def test_what_is_planted_is_found(traded: tuple[Path, list[Purchase]], tmp_path: Path, what: str) -> None:
    folder, purchases = traded
    shutil.copytree(folder, tmp_path / "data")
    module, spoil = PLANTED[what]
    with closing(sqlite3.connect(tmp_path / "data" / f"{module}.sqlite")) as connection:
        connection.executescript(spoil)
        connection.commit()
    assert what in {each.what for each in found(tmp_path / "data", purchases)}


def test_a_second_order_under_one_key_is_found(traded: tuple[Path, list[Purchase]]) -> None:
    folder, purchases = traded
    other = Purchase("key-other", "ada", "buy", MUG, 1, time.time(), purchases[0].order_id, ["paid"])
    assert [each.kind for each in found(folder, [*purchases, other])] == ["duplicate"]
