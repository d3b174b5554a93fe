"""Replicas of a module that listens: one of them applies the events, whichever is stopped, goes on or ends."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path

from contracts.catalog import Catalog, Category, NewProduct, Variant
from contracts.values import CategoryId, Money, ProductId, Sku
from tests.faults.stores import Shop, looking_on, serve, shop, until

TOPOLOGY = """
[hosts.shelves]
modules = ["catalog"]
start = false

[hosts.stock]
modules = ["inventory"]
start = false
"""


async def test_events_go_on_while_replicas_are_stopped_go_on_and_end(tmp_path: Path) -> None:
    with shop(tmp_path, TOPOLOGY) as store, ExitStack() as stack:
        shelves = stack.enter_context(serve(store, "catalog"))
        stocks = [stack.enter_context(serve(store, "inventory", "--replica", number)) for number in ("1", "2")]
        await until(lambda: "Host shelves serves catalog." in shelves.log)
        await until(lambda: all("Host stock serves inventory." in each.log for each in stocks))
        async with looking_on(store) as reach:
            catalog = await reach.proxy(Catalog)
            category = CategoryId("cups")
            await catalog.add_category(Category(id=category, slug="cups", name="Cups", parent_id=None, vat_rate=700))
            await add(catalog, "one")
            await until(lambda: shelved(store) == ["one"])

            stopped, other = sorted(stocks, key=lambda each: each.process.pid != holder(store))
            os.kill(stopped.process.pid, signal.SIGSTOP)
            await add(catalog, "two")
            await until(lambda: shelved(store) == ["one", "two"])
            assert holder(store) == other.process.pid

            os.kill(stopped.process.pid, signal.SIGCONT)
            await until(lambda: "inventory lost the lease on the events of catalog" in stopped.log)
            await add(catalog, "three")
            await until(lambda: shelved(store) == ["one", "two", "three"])
            assert holder(store) == other.process.pid

            other.process.terminate()
            await add(catalog, "four")
            await until(lambda: shelved(store) == ["one", "two", "three", "four"])
            await until(lambda: holder(store) == stopped.process.pid)
        assert asked(store, "SELECT count(*) FROM freestone_parked") == [0]


async def add(catalog: Catalog, name: str) -> None:
    variant = Variant(sku=Sku(name.upper()), price=Money(amount=1250, currency="EUR"), weight_grams=400)
    product = NewProduct(
        id=ProductId(name), name=name, brand="Acme", category_id=CategoryId("cups"), variants=(variant,)
    )
    await catalog.add_product(product)


def shelved(store: Shop) -> list[str]:
    """What has a shelf in the stock, in the order in which that heard of it."""
    return [str(sku).lower() for sku in asked(store, "SELECT sku FROM stock ORDER BY rowid")]


def holder(store: Shop) -> int:
    """Return the process that holds the lease."""
    (held,) = asked(store, "SELECT holder FROM freestone_leases WHERE publisher = 'catalog'")
    return int(str(held).partition("-")[0])


def asked(store: Shop, query: str) -> list[object]:
    with closing(sqlite3.connect(store.data / "inventory.sqlite")) as connection:
        return [value for (value,) in connection.execute(query)]
