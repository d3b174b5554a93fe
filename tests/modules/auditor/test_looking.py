"""A suspect is looked at again: what was on its way is let go, and what stays is told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from contracts.inventory import ReservationBookPage, StockBookPage
from contracts.kit import Finding
from contracts.orders import OrderBook, OrderBookPage
from contracts.payments import PaymentBook, PaymentBookPage
from modules.auditor.auditor import LOOKS, Auditor
from modules.auditor.settings import AuditorSettings
from tests.modules.auditor.test_rules import (
    AUTHORISED,
    CAPTURED,
    CONFIRMED,
    NOW,
    ORDER,
    PAID,
    PLACED,
    order,
    payment,
    stock,
)
from tests.modules.doubles import ManualClock


class Scripted:
    """One order's books: each look at the order, and at its payment, gives the next of these, then the last again."""

    def __init__(self, orders: Iterable[OrderBook | None], payments: Iterable[PaymentBook]) -> None:
        self._orders, self._payments = list(orders), list(payments)
        self.looks = 0

    async def list_books(self, cursor: str | None, limit: int) -> OrderBookPage:
        first = self._next(self._orders)
        return OrderBookPage(orders=() if first is None else (first,), next_cursor=None)

    async def get_books(self, order_ids: tuple[str, ...]) -> tuple[OrderBook, ...]:
        self.looks += 1
        found = self._next(self._orders) if order_ids else None
        return () if found is None else (found,)

    def paid(self) -> PaymentBook:
        book: PaymentBook = self._next(self._payments)
        return book

    @staticmethod
    def _next(script: list[Any]) -> Any:
        return script.pop(0) if len(script) > 1 else script[0]


class Payments:
    """The payment of a scripted order."""

    def __init__(self, script: Scripted, *, listed: bool = False) -> None:
        self._script = script
        self._listed = listed

    async def list_books(self, cursor: str | None, limit: int) -> PaymentBookPage:
        return PaymentBookPage(payments=(self._script.paid(),) if self._listed else (), next_cursor=None)

    async def get_books(self, order_ids: tuple[str, ...]) -> tuple[PaymentBook, ...]:
        return (self._script.paid(),) if order_ids else ()

    async def get_ledger(self) -> tuple[()]:
        return ()


class Inventory:
    """The stock of an order that is committed."""

    async def list_stock(self, cursor: str | None, limit: int) -> StockBookPage:
        return StockBookPage(stock=(), next_cursor=None)

    async def list_reservations(self, cursor: str | None, limit: int) -> ReservationBookPage:
        return ReservationBookPage(reservations=(), next_cursor=None)

    async def get_reservations(self, order_ids: tuple[str, ...]) -> tuple[Any, ...]:
        return (stock(),) if order_ids else ()


async def audit(script: Scripted, *, listed: bool = False) -> tuple[Finding, ...]:
    clock, contracts = ManualClock(), (script, Payments(script, listed=listed), Inventory())
    clock.instant = NOW
    auditor: Any = Auditor
    report = await auditor(*contracts, clock, AuditorSettings(grace_seconds=0)).run(_go_on)
    findings: tuple[Finding, ...] = report.findings
    return findings


async def _go_on() -> None:
    return None


async def test_an_order_that_went_on_while_its_payment_was_read_is_looked_at_again() -> None:
    confirmed, paid = order(CONFIRMED), order(PAID)
    # Confirmed at the first look of each round but the last, and paid at the next one.
    script = Scripted(
        [order(PLACED), confirmed, paid, paid], [payment(CAPTURED), payment(AUTHORISED), payment(CAPTURED)]
    )
    assert await audit(script) == ()
    assert script.looks > 3


async def test_what_stays_is_told() -> None:
    (finding,) = await audit(Scripted([order(PAID)], [payment(AUTHORISED)]))
    assert (finding.rule, finding.subject) == ("payment-of-order", ORDER)


async def test_an_order_that_never_stands_still_is_not_told() -> None:
    script = Scripted([order(PAID), *[order(CONFIRMED), order(PAID)] * LOOKS], [payment(AUTHORISED)])
    assert await audit(script) == ()


async def test_an_order_that_goes_on_within_the_grace_was_not_stuck() -> None:
    stuck = order(CONFIRMED, "capture", 60)
    again = OrderBook(**{name: getattr(stuck, name) for name in stuck.__struct_fields__} | {"changed": NOW})
    assert await audit(Scripted([stuck, again], [payment(CAPTURED)])) == ()
    (finding,) = await audit(Scripted([stuck, stuck], [payment(CAPTURED)]))
    assert finding.rule == "order-in-time"
    assert f"{NOW - timedelta(hours=1):%H:%M:%S}" in finding.problem


async def test_a_payment_whose_order_is_found_at_the_second_look_has_one() -> None:
    assert await audit(Scripted([None, None, order(PAID)], [payment(CAPTURED)]), listed=True) == ()
    found = await audit(Scripted([None], [payment(CAPTURED)]), listed=True)
    assert {each.rule for each in found} == {"payment-of-order", "stock-of-order"}
    assert all("there is no such order" in each.problem for each in found)
