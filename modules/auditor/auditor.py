"""Holds the books of orders, payments and stock against each other, while the store serves.

What the three say is never read at one instant, so what differs need not be wrong. Why this raises no false alarm:

- What one contract says of a payment, a reservation, a SKU or the ledger is read in one transaction of its module, and
  rules within that hold at every instant.
- A rule about an order and what belongs to it holds for as long as the order is in its state (`modules.auditor.rules`).
  The effects of a step are there before the order's state says so, and those of the next come after it: an order is
  paid after its payment was captured and its stock has left, it is being cancelled before either is given back, and it
  is cancelled after both are. No order comes back to a state that it has left, and from the step at which an order's
  stock is taken back it only goes to its end. Of a paid order some may come back at any time, but never more than left.
- So the first pass only makes suspects. After a grace a suspect's order is read, then what belongs to it, then the
  order again. If it is in the same state both times, it was so in between, when the rest was read, and the rule had to
  hold. If not, it is on its way, and is looked at again.
- A payment or a reservation is made for an order that there is already: read before the order, it has one.
- What takes too long (`modules.auditor.times`) may go on at any moment: a store that was down for long comes to its
  orders one after another, and tries a step again after up to ten seconds. So such suspects are looked at until none of
  them, in several looks in a row, has gone on: those that are left are stuck. There is a last look all the same.

Why it misses little: what lasts is in every pass. An order placed while one is under way may be left to the next.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from contracts.inventory import Inventory
from contracts.kit import AuditReport, Clock, Finding
from contracts.orders import OrderBook, Orders
from contracts.payments import Payments
from contracts.values import OrderId
from modules.auditor.rules import Case, Rule, judge_case, judge_ledger, judge_payment, judge_reservation, judge_stock
from modules.auditor.settings import AuditorSettings
from modules.auditor.tally import Tally
from modules.auditor.times import judge_times

PAGE = 100
STILL = 5
"""In so many looks in a row nothing that is late has gone on before it is told."""
LOOKS = 150
"""How often suspects are looked at, at most. One that is on its way each time is left to the next audit."""

Rest = Callable[[], Awaitable[None]]
_Late = dict[OrderId, tuple[Finding, ...]]


class Auditor:
    """Audits once; of no use afterwards."""

    def __init__(
        self, orders: Orders, payments: Payments, inventory: Inventory, clock: Clock, settings: AuditorSettings
    ) -> None:
        self._orders = orders
        self._payments = payments
        self._inventory = inventory
        self._clock = clock
        self._settings = settings
        self._tally = Tally()
        self._suspects: dict[OrderId, None] = {}

    async def run(self, rest: Rest) -> AuditReport:
        """Look at everything, resting after each page, and return what came of it."""
        await self._look_at_ledger()
        await rest()
        for look in (self._look_at_orders, self._look_at_payments, self._look_at_reservations, self._look_at_stock):
            cursor = await look(None)
            await rest()
            while cursor is not None:
                cursor = await look(cursor)
                await rest()
        await self._confirm(rest)
        return self._tally.report()

    async def _look_at_ledger(self) -> None:
        books = await self._payments.get_ledger()
        self._tally.check(len(books), Rule.LEDGER_BALANCED)
        for book in books:
            self._tally.find(*judge_ledger(book))

    async def _look_at_orders(self, cursor: str | None) -> str | None:
        page = await self._orders.list_books(cursor, PAGE)
        cases = await self._cases([order.id for order in page.orders], page.orders)
        self._suspect(cases)
        self._tally.check(len(cases), Rule.PAYMENT_OF_ORDER, Rule.STOCK_OF_ORDER, Rule.ORDER_IN_TIME)
        return page.next_cursor

    async def _look_at_payments(self, cursor: str | None) -> str | None:
        page = await self._payments.list_books(cursor, PAGE)
        for book in page.payments:
            self._tally.find(*judge_payment(book))
        await self._suspect_orphans([book.payment.order_id for book in page.payments])
        self._tally.check(len(page.payments), Rule.LEDGER_COMPLETE, Rule.PAYMENT_IN_TIME)
        return page.next_cursor

    async def _look_at_reservations(self, cursor: str | None) -> str | None:
        page = await self._inventory.list_reservations(cursor, PAGE)
        for book in page.reservations:
            self._tally.find(*judge_reservation(book))
        await self._suspect_orphans([book.order_id for book in page.reservations])
        self._tally.check(len(page.reservations), Rule.RESERVATION_OF_ORDER)
        return page.next_cursor

    async def _look_at_stock(self, cursor: str | None) -> str | None:
        page = await self._inventory.list_stock(cursor, PAGE)
        for book in page.stock:
            self._tally.find(*judge_stock(book))
        self._tally.check(len(page.stock), Rule.STOCK_ADDS_UP)
        return page.next_cursor

    async def _cases(self, order_ids: Sequence[OrderId], orders: Iterable[OrderBook]) -> list[Case]:
        """Put together orders that were read and what is read now of what belongs to them."""
        ids = tuple(order_ids)
        by_order = {order.id: order for order in orders}
        payment_of = {each.payment.order_id: each for each in await self._payments.get_books(ids)}
        reservation_of = {each.order_id: each for each in await self._inventory.get_reservations(ids)}
        return [Case(each, by_order.get(each), payment_of.get(each), reservation_of.get(each)) for each in ids]

    def _suspect(self, cases: Iterable[Case]) -> None:
        now = self._clock.now()
        for case in cases:
            if any(judge_case(case)) or any(judge_times(case, now, self._settings)):
                self._suspects[case.order_id] = None

    async def _suspect_orphans(self, order_ids: Sequence[OrderId]) -> None:
        there = {order.id for order in await self._orders.get_books(tuple(order_ids))}
        self._suspects.update(dict.fromkeys(order_id for order_id in order_ids if order_id not in there))

    async def _confirm(self, rest: Rest) -> None:
        """Look at suspects again, after the grace, and note what stays."""
        left, late, still = list(self._suspects), _Late(), 0
        for _ in range(LOOKS):
            if not left or still == STILL:
                break
            await asyncio.sleep(self._settings.grace_seconds)
            before, late, moving = late, _Late(), list[OrderId]()
            for start in range(0, len(left), PAGE):
                moving += await self._look_again(left[start : start + PAGE], late)
                await rest()
            still = 0 if moving or late != before else still + 1
            left = [*moving, *late]
        for findings in late.values():
            self._tally.find(*findings)

    async def _look_again(self, order_ids: Sequence[OrderId], late: _Late) -> list[OrderId]:
        """Note what is wrong with those that stay where they are, and which of them are late; return the others."""
        before = {order.id: order.state for order in await self._orders.get_books(tuple(order_ids))}
        cases = await self._cases(order_ids, ())
        after = {order.id: order for order in await self._orders.get_books(tuple(order_ids))}
        now, moving = self._clock.now(), []
        for case in cases:
            order = after.get(case.order_id)
            if order is not None and before.get(case.order_id) is not order.state:
                moving.append(case.order_id)
                continue
            stands = case._replace(order=order)
            self._tally.find(*judge_case(stands))
            if findings := tuple(judge_times(stands, now, self._settings)):
                late[case.order_id] = findings
        return moving


async def audit(container: Any, rest: Rest) -> AuditReport:
    """Audit with a built container."""
    report: AuditReport = await container.auditor().run(rest)
    return report
