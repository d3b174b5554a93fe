"""`freestone events`: what could not be handled is seen, tried again or given up, whether or not the store runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.cli import events
from app.data.database import ModuleDatabase
from app.data.sqlite_place import SqliteFile
from app.events.outbox import StoredOutbox
from app.events.subscription import Subscription
from contracts.kit import Work
from contracts.orders import OrderPaid
from contracts.values import AccountId, Money, OrderId
from tests.app.cli.commands import Done, freestone
from tests.app.events.conftest import parked, running, until
from tests.serving import contents

ORDERS = ("o-1", "o-2", "o-1", "o-3", "o-1")
"""The orders that were paid, one event each; an order's events have one key."""


class Shop:
    """Orders that were paid, and a cart that cannot stand some of them."""

    def __init__(self, orders: ModuleDatabase, cart: ModuleDatabase) -> None:
        self.cart = cart
        self.poison = {"o-1"}
        self.seen: list[str] = []
        self.subscription = Subscription(
            "cart", "orders", StoredOutbox(orders), cart, {OrderPaid: self._handle}, pause=0.001
        )

    async def _handle(self, event: OrderPaid, work: Work[Any]) -> None:
        if event.order_id in self.poison:
            raise ValueError(f"no carts\nfor {event.order_id}")
        self.seen.append(event.order_id)


def paid(order: str) -> OrderPaid:
    return OrderPaid(
        order_id=OrderId(order), account_id=AccountId("ann"), lines=(), total=Money(amount=100, currency="EUR")
    )


@pytest.fixture
async def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shop]:
    """The first event of o-1 is parked, two more stand behind it, those of others were handled; nobody runs."""
    monkeypatch.setenv("FREESTONE_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    modules = Path(__file__).parents[3] / "modules"
    orders = await ModuleDatabase.open(
        SqliteFile("orders", tmp_path), migrations=modules / "orders" / "migrations", events=(OrderPaid,)
    )
    cart = await ModuleDatabase.open(SqliteFile("cart", tmp_path), migrations=modules / "cart" / "migrations")
    made = Shop(orders, cart)
    async with orders.write() as work:
        for order in ORDERS:
            work.publish(paid(order))
    async with running(made.subscription):
        await until(cart, lambda rows: [row[3] for row in rows] == [False] * 3)
    yield made
    await orders.close()
    await cart.close()


async def run(*arguments: str, given: str = "") -> Done:
    """Run a command while the test's own loop goes on, as in another process."""
    return await asyncio.to_thread(freestone, "events", *arguments, given=given)


async def left(shop: Shop) -> list[int]:
    return [row[0] for row in await parked(shop.cart)]


async def test_the_list(shop: Shop) -> None:
    done = await run("list")
    assert (done.code, done.err) == (0, "")
    lines = [line.split() for line in done.out.splitlines()]
    assert lines[0] == ["module", "event", "code", "key", "tries", "state", "since", "error"]
    assert [line[:8] for line in lines[1:]] == [
        ["cart", "←", "orders", "1", "orders.paid", "o-1", "8", "parked"],
        ["cart", "←", "orders", "3", "orders.paid", "o-1", "0", "behind"],
        ["cart", "←", "orders", "5", "orders.paid", "o-1", "0", "behind"],
    ]
    assert lines[1][-4:] == ["ago", "ValueError('no", "carts\\nfor", "o-1')"]


async def test_the_list_of_one_module_and_for_programs(shop: Shop) -> None:
    assert (await run("list", "orders")).out == "No event is set aside.\n"
    found = json.loads((await run("list", "cart", "--json")).out)
    assert [(each["sequence"], each["state"], each["tries"]) for each in found] == [
        (1, "parked", 8),
        (3, "behind", 0),
        (5, "behind", 0),
    ]
    cut = await run("list", "cart", "--limit", "2")
    assert (len(cut.out.splitlines()), cut.err) == (3, "… and 1 more: see them with --limit.\n")


async def test_when_an_event_waits_the_list_says_when_its_next_try_is(shop: Shop) -> None:
    async with shop.cart.write() as work:
        due = "UPDATE freestone_parked SET due = 9000000000000000 WHERE sequence = 1"
        await work.session.execute(text(due))
    assert "next try in" in (await run("list")).out


async def test_one_event_with_all_it_says(shop: Shop) -> None:
    done = await run("show", "cart", "orders", "1")
    shown, _, error = done.out.partition("\n\n")
    found = json.loads(shown)
    assert found["payload"]["order_id"] == "o-1"
    assert (found["module"], found["publisher"], found["state"], found["tries"]) == ("cart", "orders", "parked", 8)
    assert error.startswith("ValueError('no carts")
    assert "Traceback (most recent call last)" in error


async def test_one_that_is_no_json_is_shown_as_text(shop: Shop) -> None:
    async with shop.cart.write() as work:
        await work.session.execute(text("UPDATE freestone_parked SET payload = x'7bff' WHERE sequence = 1"))
    shown, _, _ = (await run("show", "cart", "orders", "1")).out.partition("\n\n")
    assert json.loads(shown)["payload"] == "{\\xff"


async def test_retried_where_the_module_runs_what_comes_of_it_is_said(shop: Shop) -> None:
    async with running(shop.subscription):
        while not shop.subscription.holds:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
        failed = await run("retry", "cart", "orders", "1")
        assert (failed.code, failed.out) == (1, "0 events handled.\n")
        assert failed.err == "Event 1 failed again: ValueError('no carts\\nfor o-1')\n"
        shop.poison.clear()
        done = await run("retry", "cart", "orders")
        assert (done.code, done.out, done.err) == (0, "1 event handled.\n", "")
        await until(shop.cart, lambda rows: rows == [])
    assert shop.seen == ["o-2", "o-3", "o-1", "o-1", "o-1"]
    assert (await run("retry", "cart", "orders")).out == "There is nothing to retry.\n"


async def test_retried_where_it_does_not_run_it_is_tried_at_the_next_start(shop: Shop) -> None:
    done = await run("retry", "cart", "orders", "--key", "o-1")
    assert (done.code, done.out) == (0, "1 event will be tried when module cart runs.\n")
    shop.poison.clear()
    async with running(shop.subscription):
        await until(shop.cart, lambda rows: rows == [])
    assert shop.seen == ["o-2", "o-3", "o-1", "o-1", "o-1"]


async def test_one_that_stands_behind_another_cannot_be_retried(shop: Shop) -> None:
    done = await run("retry", "cart", "orders", "3")
    assert (done.code, done.err) == (
        2,
        "Event 3 waits behind event 1 of the same key; retry or discard that.\n",
    )


async def test_discarded_it_lets_the_next_of_its_key_go_on(shop: Shop) -> None:
    refused = await run("discard", "cart", "orders", "1", given="n\n")
    assert (refused.code, await left(shop)) == (1, [1, 3, 5])
    done = await run("discard", "cart", "orders", "1", "--yes")
    assert (done.code, done.out) == (0, "1 event discarded.\n")
    shop.poison.clear()
    async with running(shop.subscription):
        await until(shop.cart, lambda rows: rows == [])
    assert shop.seen == ["o-2", "o-3", "o-1", "o-1"]


async def test_one_in_the_middle_a_key_or_all_can_be_discarded(shop: Shop) -> None:
    assert "1 event discarded." in (await run("discard", "cart", "orders", "3", given="y\n")).out
    assert await left(shop) == [1, 5]
    assert [row[3] for row in await parked(shop.cart)] == [False, False]  # the first is as it was
    done = await run("discard", "cart", "orders", "--key", "o-1", "--yes")
    assert (done.out, await left(shop)) == ("2 events discarded.\n", [])
    assert (await run("discard", "cart", "orders", "--yes")).out == "0 events discarded.\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("list", "carts"), "There is no module carts; did you mean cart?"),
        (("show", "cart", "order", "1"), "Module cart does not listen to order; did you mean orders?"),
        (
            ("show", "cart", "orders", "2"),
            "Event 2 of orders is not set aside: see freestone events list cart.",
        ),
        (("retry", "crat", "orders"), "There is no module crat; did you mean cart?"),
        (
            ("retry", "cart", "orders", "--key", "o-11"),
            "No event of orders with the key o-11 is set aside; did you mean o-1?",
        ),
        (("retry", "cart", "orders", "1", "--key", "o-1"), "Name one event, or a key, but not both."),
        (("discard", "orders", "cart", "--yes"), "Module orders does not listen to cart; there are none."),
        (
            ("discard", "cart", "orders", "7", "--yes"),
            "Event 7 of orders is not set aside: see freestone events list cart.",
        ),
    ],
)
async def test_what_cannot_be_meant_is_refused(shop: Shop, arguments: tuple[str, ...], sentence: str) -> None:
    done = await run(*arguments)
    assert (done.code, done.err) == (2, f"{sentence}\n")
    assert await left(shop) == [1, 3, 5]


async def test_without_data_it_is_refused_and_nothing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FREESTONE_DATA", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)
    done = await run("list")
    assert done.err == f"There is no store's data in {tmp_path / 'none'}; name its folder with FREESTONE_DATA.\n"
    assert (done.code, contents(tmp_path)) == (2, {})


async def test_a_database_from_before_is_left_as_it_is(shop: Shop) -> None:
    async with shop.cart.write() as work:
        await work.session.execute(text("UPDATE freestone_meta SET value = '1' WHERE name = 'tables'"))
    done = await run("list")
    assert (done.code, "cart.sqlite, is from before this release; start the store" in done.err) == (2, True)


async def test_a_module_without_data_is_said_to_have_none(shop: Shop) -> None:
    done = await run("list", "storefront")
    assert (done.code, "Module storefront has no database in" in done.err) == (2, True)


async def test_an_outcome_that_does_not_come_is_said(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "PATIENCE", 0.2)
    async with shop.cart.write() as work:
        held = "UPDATE freestone_leases SET until = 1000000 * (30 + CAST(strftime('%s', 'now') AS INTEGER))"
        await work.session.execute(text(held))  # by somebody who does nothing
    done = await run("retry", "cart", "orders")
    assert done.err == "1 event not tried yet: see freestone events list.\n"
