"""What the orders do. What follows an order's placing or cancelling is the saga's; here it is waited for."""

from __future__ import annotations

import asyncio
import secrets
from datetime import timedelta
from typing import final

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.kit import STAFF, Clock, Database, Error, Work, current_actor, remaining
from contracts.orders import (
    NotAvailable,
    Order,
    OrderBook,
    OrderBookPage,
    OrderNotFound,
    OrderPage,
    OrderPlaced,
    Orders,
    OrderState,
    PaymentRefused,
    Quote,
    QuoteChanged,
    TooLate,
)
from contracts.payments import DeclineReason
from contracts.values import AccountId, Address, CountryCode, Line, OrderId
from modules.orders import cursors, domain, telling
from modules.orders.domain import Step
from modules.orders.doorbell import Doorbell
from modules.orders.quoting import Quoter
from modules.orders.settings import OrdersSettings
from modules.orders.store import books, orders, tasks
from modules.orders.store.orders import Kept
from modules.orders.store.tasks import Move, Task

MARGIN = 1.0
"""Seconds before its deadline that an operation stops waiting, to answer with what there is."""
LONGEST_WAIT = 15.0
"""Seconds to wait where there is no deadline."""

_DECLINED = frozenset(DeclineReason)


@final
class OrdersService(Orders):
    """Orders over their database; each operation is described by the contract."""

    def __init__(
        self,
        database: Database[AsyncSession],
        clock: Clock,
        quoter: Quoter,
        doorbell: Doorbell,
        settings: OrdersSettings,
    ) -> None:
        self._database = database
        self._clock = clock
        self._quoter = quoter
        self._doorbell = doorbell
        self._poll = settings.poll_seconds
        self._revocable = timedelta(days=settings.revocable_days)

    async def quote(self, lines: tuple[Line, ...], country: CountryCode) -> Quote:
        return await self._quoter.quote(lines, country)

    async def place_order(
        self, quote_digest: str, lines: tuple[Line, ...], address: Address, payment_token: str
    ) -> Order:
        quote = await self._quote_again(quote_digest, lines, address.country)
        order_id = domain.new_order_id()
        async with self._database.write() as work:
            # A second arrival of the same key gets the first one's order, whatever a quote would say by now.
            placed_id = OrderId(await work.begin(order_id))
            if placed_id == order_id:
                if isinstance(quote, Error):
                    raise quote
                await self._place(work, order_id, quote, address, payment_token)
        self._doorbell.work.ring()
        return _answer(await self._settled(placed_id))

    async def list_orders(self, cursor: str | None, limit: int = 20) -> OrderPage:
        account_id = AccountId(current_actor().id)
        after = None if cursor is None else cursors.place_of(account_id, cursor)
        async with self._database.read() as session:
            found, last = await orders.page(session, account_id, after, limit)
        return OrderPage(orders=found, next_cursor=None if last is None else cursors.issue(account_id, last))

    async def get_order(self, order_id: OrderId) -> Order:
        actor = current_actor()
        async with self._database.read() as session:
            kept = await orders.find(session, order_id)
        if kept is None or (kept.account_id != actor.id and actor.roles.isdisjoint(STAFF)):
            raise OrderNotFound(order_id=order_id)
        return kept.order

    async def cancel_order(self, order_id: OrderId) -> Order:
        async with self._database.write() as work:
            await work.begin(order_id)
            task = await tasks.find(work.session, order_id, lock=True)
            if task is None or task.account_id != current_actor().id:
                raise OrderNotFound(order_id=order_id)
            if task.state not in (OrderState.CANCELLING, OrderState.CANCELLED):
                back = None if task.step is None else task.step.way_back
                await self._turn_back(work, task, back, domain.CANCELLED, "Cancellation requested")
        self._doorbell.work.ring()
        return (await self._settled(order_id)).order

    async def revoke_order(self, order_id: OrderId) -> Order:
        async with self._database.write() as work:
            arrival = f"{order_id}/{secrets.token_hex(8)}"
            is_first = await work.begin(arrival) == arrival
            task = await tasks.find(work.session, order_id, lock=True)
            if task is None:
                raise OrderNotFound(order_id=order_id)
            if task.waits_for_staff and is_first:
                now = self._clock.now()
                await tasks.move(work.session, task, Move(step=task.step, says=[telling.RETRYING]), now, now)
            elif task.state not in (OrderState.CANCELLING, OrderState.CANCELLED):
                back = self._way_back(task)
                await self._turn_back(work, task, back, domain.REVOKED, "The store cancels the order")
        self._doorbell.work.ring()
        return (await self._settled(order_id)).order

    async def list_books(self, cursor: str | None, limit: int = 100) -> OrderBookPage:
        async with self._database.read() as session:
            found = await books.page(session, cursor or "", limit)
        return OrderBookPage(orders=tuple(found), next_cursor=found[-1].id if len(found) == limit else None)

    async def get_books(self, order_ids: tuple[OrderId, ...]) -> tuple[OrderBook, ...]:
        async with self._database.read() as session:
            return tuple(await books.of_orders(session, order_ids))

    async def _quote_again(self, digest: str, lines: tuple[Line, ...], country: CountryCode) -> Quote | Error:
        """Return the quote if it is still the one with this digest, otherwise why nothing can be ordered by it."""
        try:
            quote = await self._quoter.quote(lines, country)
        except Error as error:
            return error
        return quote if quote.digest == digest else QuoteChanged(quote=quote)

    async def _place(
        self, work: Work[AsyncSession], order_id: OrderId, quote: Quote, address: Address, token: str
    ) -> None:
        account_id = AccountId(current_actor().id)
        await orders.add(work.session, order_id, account_id, quote, address, token, self._clock.now())
        lines = tuple(Line(sku=line.sku, quantity=line.quantity) for line in quote.lines)
        work.publish(OrderPlaced(order_id=order_id, account_id=account_id, lines=lines))

    def _way_back(self, task: Task) -> Step | None:
        if task.state is OrderState.PAID:
            return Step.REFUND if self._clock.now() - task.placed < self._revocable else None
        return None if task.step is None else task.step.way_back

    async def _turn_back(self, work: Work[AsyncSession], task: Task, back: Step | None, reason: str, says: str) -> None:
        """Cancel an order that can be: from here on, whoever works on it finds that it goes back."""
        if back is None:
            raise TooLate(state=task.state)
        to = Move(step=back, state=OrderState.CANCELLING, reason=reason, says=[says])
        now = self._clock.now()
        await tasks.move(work.session, task, to, now, now)

    async def _settled(self, order_id: OrderId) -> Kept:
        """Return an order once it does not go on by itself, or as it is shortly before the present deadline."""
        left = remaining()
        clock = asyncio.get_running_loop().time
        until = clock() + (LONGEST_WAIT if left is None else left - MARGIN)
        with self._doorbell.waiting(order_id) as bell:
            while True:
                bell.silence()
                async with self._database.read() as session:
                    kept = await orders.find(session, order_id)
                assert kept is not None
                wait = min(self._poll, until - clock())
                if kept.order.state in domain.LASTING or kept.waits_for_staff or wait <= 0:
                    return kept
                await bell.heard(wait)


def _answer(kept: Kept) -> Order:
    """Answer who placed an order: a refusal as the error that it is, everything else as the order."""
    order = kept.order
    if order.state is OrderState.REJECTED:
        if kept.problems:
            raise NotAvailable(problems=kept.problems)
        if order.reason in _DECLINED:
            raise PaymentRefused(order_id=order.id, reason=order.reason)
    return order
