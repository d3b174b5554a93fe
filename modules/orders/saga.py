"""The purchase, step by step: what each step asks of stock and payments, and where the order goes from there.

Every step is one call, which may be repeated since it is made under the order's id, and one transaction
that moves the order on, if nobody else did meanwhile. So it does not matter where a crash falls, nor how
many work on an order at the same time.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.inventory import AlreadyCommitted, AlreadyReleased, Inventory, OutOfStock, ReservationNotFound
from contracts.kit import CallError, Clock, Database, Event
from contracts.orders import ItemProblem, OrderEnded, OrderPaid, OrderState
from contracts.payments import PaymentDeclined, Payments, PaymentState, RefundState, WrongState
from contracts.values import OrderId
from modules.orders import domain, telling
from modules.orders.domain import Answer, Step
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
            if task is None or task.step is None or task.waits_for_staff:
                return None
            try:
                if task.step.way_back and self._clock.now() - task.placed >= self._patience:
                    await self._give_up(task, task.step.way_back)
                else:
                    await self._take(task.step, task)
            except _NotYet:
                says = [] if task.answer is Answer.NOT_YET else telling.found(task, telling.REFUNDING)
                return await self._postpone(task, Answer.NOT_YET, says)
            except CallError as error:
                log.warning("order %s: to %s failed and is tried again: %s", order_id, task.step, error)
                is_news = task.answer is Answer.NONE_OWED and telling.is_open(task.step, error)
                missing = (Answer.MISSING, [telling.UNANSWERED]) if is_news else (task.answer, [])
                return await self._postpone(task, *missing)
            except Exception:
                log.exception("order %s: to %s failed and is tried again", order_id, task.step)
                return await self._postpone(task, task.answer)

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
        paid = OrderPaid(
            order_id=task.order_id, account_id=task.account_id, lines=task.lines, total=task.total, placed=task.placed
        )
        to = Move(step=None, state=OrderState.PAID, says=telling.found(task, "Paid"))
        return await self._move(task, to, paid)

    async def _void(self, task: Task) -> None:
        try:
            voided = await self._payments.void(task.order_id)
        except WrongState as error:
            if error.state is not PaymentState.CAPTURED:
                raise
            says = telling.found(task, "The payment was taken already: it is refunded")
            return await self._move(task, Move(step=Step.REFUND, state=OrderState.CANCELLING, says=says))
        says = ["Payment given up: nothing was taken"] if voided else []
        return await self._move(task, Move(step=Step.RELEASE, says=telling.found(task, *says)))

    async def _release(self, task: Task) -> None:
        try:
            await self._inventory.release(task.order_id)
        except AlreadyCommitted:
            # It was paid; or somebody else who worked on it found stock again, where this one had found it sold out.
            return await self._move(task, Move(step=Step.RESTOCK))
        return await self._end(task)

    async def _refund(self, task: Task) -> None:
        refund = await self._payments.refund_rest(task.order_id, task.refusals)
        if refund is not None and refund.refused is not None:
            says = telling.found(task, telling.refused(refund.refused))
            return await self._move(task, Move(step=Step.REFUND, is_refused=True, says=says))
        if refund is not None and refund.state is RefundState.PENDING:
            raise _NotYet
        says = telling.found(task, telling.refunded(refund, task.total))
        return await self._move(task, Move(step=Step.RELEASE, says=says))

    async def _restock(self, task: Task) -> None:
        await self._inventory.take_back(task.order_id)
        await self._end(task)

    async def _end(self, task: Task) -> None:
        is_cancelled = task.state is OrderState.CANCELLING
        state = OrderState.CANCELLED if is_cancelled else OrderState.REJECTED
        ended = OrderEnded(order_id=task.order_id, account_id=task.account_id, state=state)
        says = ["Order cancelled" if is_cancelled else "Order closed: nothing is owed"]
        await self._move(task, Move(step=None, state=state, says=says), ended)

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
        if to.step is None or to.is_refused:
            self._doorbell.settled(task.order_id)

    async def _postpone(self, task: Task, answer: Answer, says: Sequence[str] = ()) -> None:
        first, longest = self._retry
        pause = min(longest, first * 2 ** min(task.tries, 20)) * random.uniform(0.5, 1.0)
        async with self._database.write() as work:
            now = self._clock.now()
            try_at = now + timedelta(seconds=pause)
            await tasks.postpone(work.session, task, now, try_at, answer, says)


def _sold_out(step: Step, missing: tuple[ItemProblem, ...]) -> Move:
    return Move(step=step, reason=domain.SOLD_OUT, problems=missing, says=["Sold out meanwhile"])
