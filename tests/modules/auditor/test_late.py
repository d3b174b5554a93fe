"""What is late is looked at for as long as any of it goes on: a backlog is let go, and what is stuck in it is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from contracts.inventory import ReservationBookPage, StockBookPage
from contracts.orders import OrderBook, OrderBookPage
from contracts.payments import PaymentBook, PaymentBookPage
from contracts.values import OrderId
from modules.auditor import auditor
from modules.auditor.auditor import STILL, Auditor
from modules.auditor.settings import AuditorSettings
from tests.modules.auditor.test_rules import (
    AUTHORISED,
    CANCELLING,
    NOW,
    PENDING,
    PLACED,
    order,
    payment,
)
from tests.modules.doubles import ManualClock

LATE = order(PLACED, "authorise", 60)
Story = Callable[[int, int], OrderBook]
"""What an order is, by its number and by the looks that were had at suspects."""


class Backlog:
    """So many orders that each go by the story; at each look the next of the ``payments``, then the last again."""

    def __init__(self, count: int, story: Story, payments: tuple[PaymentBook, ...] = ()) -> None:
        self._count = count
        self._story = story
        self._payments = payments
        self.looks = 0

    async def list_books(self, cursor: str | None, limit: int) -> OrderBookPage:
        return OrderBookPage(orders=tuple(self._order(each) for each in range(self._count)), next_cursor=None)

    async def get_books(self, order_ids: tuple[OrderId, ...]) -> tuple[OrderBook, ...]:
        return tuple(self._order(int(each)) for each in order_ids)

    def look(self) -> tuple[PaymentBook, ...]:
        self.looks += 1
        return self._payments[self.looks - 1 : self.looks] or self._payments[-1:]

    def _order(self, number: int) -> OrderBook:
        return msgspec.structs.replace(self._story(number, self.looks), id=OrderId(str(number)))


class Payments:
    """The payments of the orders of a backlog; to ask for them is to look."""

    def __init__(self, backlog: Backlog) -> None:
        self._backlog = backlog

    async def list_books(self, cursor: str | None, limit: int) -> PaymentBookPage:
        return PaymentBookPage(payments=(), next_cursor=None)

    async def get_books(self, order_ids: tuple[OrderId, ...]) -> tuple[PaymentBook, ...]:
        return tuple(
            msgspec.structs.replace(book, payment=msgspec.structs.replace(book.payment, order_id=order_ids[0]))
            for book in self._backlog.look()
        )

    async def get_ledger(self) -> tuple[()]:
        return ()


class Inventory:
    """Nothing is in stock, and nothing is reserved."""

    async def list_stock(self, cursor: str | None, limit: int) -> StockBookPage:
        return StockBookPage(stock=(), next_cursor=None)

    async def list_reservations(self, cursor: str | None, limit: int) -> ReservationBookPage:
        return ReservationBookPage(reservations=(), next_cursor=None)

    async def get_reservations(self, order_ids: tuple[OrderId, ...]) -> tuple[()]:
        return ()


async def told(backlog: Backlog) -> dict[tuple[str, str], str]:
    """Audit, and return what was found of each."""
    clock = ManualClock()
    clock.instant = NOW
    build: Any = Auditor
    report = await build(backlog, Payments(backlog), Inventory(), clock, AuditorSettings(grace_seconds=0)).run(_go_on)
    return {(each.rule, each.subject): each.problem for each in report.findings}


async def _go_on() -> None:
    return None


def settled_at(look: Callable[[int], float]) -> Story:
    """Return the story of orders that are late until a look each, and go on then."""
    return lambda number, looks: order(PLACED, "capture") if looks >= look(number) else LATE


async def test_a_backlog_that_goes_on_one_by_one_is_no_finding() -> None:
    assert await told(Backlog(40, settled_at(lambda number: 3 + number))) == {}


async def test_a_backlog_that_rests_for_a_while_is_no_finding() -> None:
    assert await told(Backlog(9, settled_at(lambda number: 2 + STILL * number))) == {}


async def test_what_is_stuck_is_told_when_nothing_goes_on_any_more() -> None:
    stuck = Backlog(1, settled_at(lambda _: float("inf")))
    assert set(await told(stuck)) == {("order-in-time", "0")}
    assert stuck.looks == 1 + 1 + STILL
    backlog = Backlog(30, settled_at(lambda number: 2 + number if number < 29 else float("inf")))
    assert set(await told(backlog)) == {("order-in-time", "29")}
    assert backlog.looks <= 2 + 30 + STILL


async def test_an_order_that_comes_from_step_to_step_without_a_word_goes_on() -> None:
    steps = ["reserve"] * (1 + STILL) + ["authorise"] * STILL

    def story(_: int, looks: int) -> OrderBook:
        return order(PLACED, steps[looks], 60) if looks < len(steps) else order(PLACED, "authorise")

    assert await told(Backlog(1, story)) == {}


async def test_what_is_told_is_where_it_is_stuck_at_last() -> None:
    backlog = Backlog(1, lambda _, looks: order(CANCELLING, "refund" if looks < 3 else "restock", 60))
    ((about, problem),) = (await told(backlog)).items()
    assert about == ("order-in-time", "0")
    assert "waits to restock" in problem


async def test_there_is_a_last_look_whatever_still_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditor, "LOOKS", 20)
    backlog = Backlog(40, settled_at(lambda number: 2 + number))
    assert len(await told(backlog)) == 20
    assert backlog.looks == 1 + 20


async def test_payments_that_are_decided_on_one_after_another_are_no_finding() -> None:
    silent = payment(PENDING, minutes=60)
    decided = Backlog(1, lambda *_: order(PLACED, "authorise"), (silent,) * (1 + STILL) + (payment(AUTHORISED),))
    assert await told(decided) == {}
    never = Backlog(1, lambda *_: order(PLACED, "authorise"), (silent,))
    assert set(await told(never)) == {("payment-in-time", "0")}
