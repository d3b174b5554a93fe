"""The purchase, step by step: what each step asks of stock and payments, and where the order goes from there.

Every step is one call, which may be repeated since it is made under the order's id, and one transaction
that moves the order on, if nobody else did meanwhile. So it does not matter where a crash falls, nor how
many work on an order at the same time.
"""

from __future__ import annotations

import logging
import random
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.inventory import AlreadyReleased, Inventory, OutOfStock, ReservationNotFound
from contracts.kit import CallError, Clock, Database, Event, idempotency_key
from contracts.orders import ItemProblem, OrderEnded, OrderPaid, OrderState
from contracts.payments import PaymentDeclined, Payments, PaymentState, RefundState, WrongState
from contracts.values import OrderId
from modules.orders import domain, telling
from modules.orders.domain import Step
from modules.orders.doorbell import Doorbell
from modules.orders.settings import OrdersSettings
from modules.orders.store import tasks
from modules.orders.store.tasks import Move, Task

log = logging.getLogger("freestone.orders")


class _NotYet(Exception):
    """The step was begun, and is to be asked for again."""


class Saga:
    """Takes one order as far as it goes."""

    def __init__(
        self,
        database: Database[AsyncSession],
        clock: Clock,
        inventory: Inventory,
        payments: Payments,
        doorbell: Doorbell,
        settings: OrdersSettings,
    ) -> None:
        self._database = database
        self._clock = clock
        self._inventory = inventory
        self._payments = payments
        self._doorbell = doorbell
        self._patience = timedelta(minutes=settings.payment_minutes)
        self._lease = timedelta(seconds=settings.lease_seconds)
        self._retry = settings.retry_seconds, settings.longest_retry_seconds

    async def run(self, order_id: OrderId) -> None:
        """Take step after step until the order's state lasts, or a step fails; that one is tried again later."""
        while True:
            async with self._database.read() as session:
                task = await tasks.find(session, order_id)
            if task is None or task.step is None:
                return None
            try:
                if task.step.way_back and self._clock.now() - task.placed >= self._patience:
                    await self._give_up(task, task.step.way_back)
                else:
                    await self._take(task.step, task)
            except _NotYet:
                return await self._postpone(task, says=telling.REFUNDING if task.tries == 0 else "")
            except CallError as error:
                log.warning("order %s: to %s failed and is tried again: %s", order_id, task.step, error)
                unanswered = telling.is_open(task.step, error)
                says = telling.UNANSWERED if unanswered and not task.is_unanswered else ""
                return await self._postpone(task, unanswered=unanswered, says=says)
            except Exception:
                log.exception("order %s: to %s failed and is tried again", order_id, task.step)
                return await self._postpone(task)

    async def _take(self, step: Step, task: Task) -> None:
        match step:
            case Step.RESERVE:
                await self._reserve(task)
            case Step.AUTHORISE:
                await self._authorise(task)
            case Step.COMMIT:
                await self._commit(task)
            case Step.CAPTURE:
                await self._capture(task)
            case Step.VOID:
                await self._void(task)
            case Step.RELEASE:
                await self._release(task)
            case Step.REFUND:
                await self._refund(task)
            case Step.RESTOCK:
                await self._restock(task)

    async def _give_up(self, task: Task, back: Step) -> None:
        says = ["The payment could not be made in time"]
        await self._move(task, Move(step=back, reason=domain.EXPIRED, says=says))

    async def _reserve(self, task: Task) -> None:
        missing = await self._missing(task)
        if missing is None:
            await self._move(task, Move(step=Step.AUTHORISE, says=["Items reserved"]))
        else:
            await self._move(task, _sold_out(Step.RELEASE, missing))

    async def _authorise(self, task: Task) -> None:
        assert task.token is not None
        try:
            await self._payments.authorise(task.order_id, task.total, task.token)
        except PaymentDeclined as refusal:
            says = telling.found(task, telling.DECLINED[refusal.reason])
            await self._move(task, Move(step=Step.RELEASE, reason=refusal.reason, says=says))
        else:
            says = telling.found(task, "Payment authorised", "Order confirmed")
            await self._move(task, Move(step=Step.COMMIT, state=OrderState.CONFIRMED, says=says))

    async def _commit(self, task: Task) -> None:
        try:
            await self._inventory.commit(task.order_id)
        except ReservationNotFound:
            # It expired while nobody could see to the order. Nothing is captured yet: hold it again, or turn back.
            missing = await self._missing(task)
            if missing is not None:
                return await self._move(task, _sold_out(Step.VOID, missing))
            await self._inventory.commit(task.order_id)
        return await self._move(task, Move(step=Step.CAPTURE))

    async def _capture(self, task: Task) -> None:
        try:
            await self._payments.capture(task.order_id)
        except WrongState as error:
            if error.state is not PaymentState.VOIDED:
                raise
            says = telling.found(task, "The card's bank gave up the payment: nothing was taken")
            lapsed = Move(step=Step.RESTOCK, state=OrderState.CANCELLING, reason=domain.EXPIRED, says=says)
            return await self._move(task, lapsed)
        paid = OrderPaid(order_id=task.order_id, account_id=task.account_id, lines=task.lines, total=task.total)
        to = Move(step=None, state=OrderState.PAID, says=telling.found(task, "Paid"))
        return await self._move(task, to, paid)

    async def _void(self, task: Task) -> None:
        voided = await self._payments.void(task.order_id)
        says = ["Payment given up: nothing was taken"] if voided else []
        await self._move(task, Move(step=Step.RELEASE, says=telling.found(task, *says)))

    async def _release(self, task: Task) -> None:
        await self._inventory.release(task.order_id)
        is_cancelled = task.state is OrderState.CANCELLING
        state = OrderState.CANCELLED if is_cancelled else OrderState.REJECTED
        ended = OrderEnded(order_id=task.order_id, account_id=task.account_id, state=state)
        says = ["Order cancelled" if is_cancelled else "Order closed: nothing is owed"]
        await self._move(task, Move(step=None, state=state, says=says), ended)

    async def _refund(self, task: Task) -> None:
        refund = await self._payments.refund(task.order_id, task.total, domain.REVOKED)
        if refund.state is RefundState.PENDING:
            raise _NotYet
        await self._move(task, Move(step=Step.RESTOCK, says=telling.found(task, "Payment refunded")))

    async def _restock(self, task: Task) -> None:
        for line in task.lines:
            with idempotency_key(f"{Step.RESTOCK}:{task.order_id}:{line.sku}"):
                await self._inventory.restock(line.sku, line.quantity)
        state = OrderState.CANCELLED
        ended = OrderEnded(order_id=task.order_id, account_id=task.account_id, state=state)
        await self._move(task, Move(step=None, state=state, says=["Order cancelled"]), ended)

    async def _missing(self, task: Task) -> tuple[ItemProblem, ...] | None:
        """Reserve an order's stock, or say what is missing."""
        try:
            await self._inventory.reserve(task.order_id, task.lines)
        except OutOfStock as error:
            return tuple(
                ItemProblem(sku=each.sku, wanted=each.wanted, available=each.available) for each in error.shortages
            )
        except AlreadyReleased:  # the order was ended meanwhile, so that the move below will not happen
            return ()
        return None

    async def _move(self, task: Task, to: Move, event: Event | None = None) -> None:
        async with self._database.write() as work:
            now = self._clock.now()
            if await tasks.move(work.session, task, to, now, now + self._lease) and event is not None:
                work.publish(event)
        if to.step is None:
            self._doorbell.settled(task.order_id)

    async def _postpone(self, task: Task, *, unanswered: bool = False, says: str = "") -> None:
        first, longest = self._retry
        pause = min(longest, first * 2 ** min(task.tries, 20)) * random.uniform(0.5, 1.0)
        async with self._database.write() as work:
            now = self._clock.now()
            try_at = now + timedelta(seconds=pause)
            await tasks.postpone(work.session, task, now, try_at, unanswered=unanswered, says=says)


def _sold_out(step: Step, missing: tuple[ItemProblem, ...]) -> Move:
    return Move(step=step, reason=domain.SOLD_OUT, problems=missing, says=["Sold out meanwhile"])
