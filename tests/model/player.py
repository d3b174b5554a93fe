"""Plays one shop twice, in the store and in the model, and holds what comes of it against each other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any, NamedTuple, TypeVar

from contracts.kit import Error, TimedOut, Unavailable
from contracts.orders import Order, Orders, OrderState
from contracts.payments import Payments, PaymentState, Refund, RefundState
from contracts.values import Address, CountryCode, Line, OrderId, Sku
from tests.model.baskets import Owner
from tests.model.eyes import Eyes, difference, of_model, plain
from tests.model.goods import euros, wares
from tests.model.model import Purchase, Shop
from tests.model.money import LATE, LOST
from tests.model.system import MACHINE, SLOWNESS, System, told

T = TypeVar("T")

PATIENCE = 120.0
"""Seconds until what does not come to an end is given up; nothing is measured by it."""
GLANCE = 0.005
"""Seconds between two looks at what cannot be waited for otherwise."""

UNANSWERED, REFUNDING = "The payment provider has not answered: it is asked again", "Refund under way"
"""What an order's timeline says once nothing goes on until time has passed."""

LASTING = (OrderState.PAID, OrderState.CANCELLED, OrderState.REJECTED)

Call = Callable[[], Awaitable[T]]


class Opened(NamedTuple):
    """A store to play with, furnished with an assortment under a tag."""

    system: System
    tag: str


Opening = Callable[[], AbstractAsyncContextManager[Opened]]


def address(country: CountryCode) -> Address:
    """Return an address in a country."""
    return Address(name="Ada", street="Main Street 1", postal_code="10115", city="Berlin", country=country)


async def outcome(call: Awaitable[T]) -> T | Error:
    """Return what comes of a call, an error too."""
    try:
        return await call
    except Error as error:
        return error


class Player:
    """One example: a store, its model, and who looks at both; ``deaths`` is how often a process may be killed."""

    def __init__(self, loop: asyncio.AbstractEventLoop, opening: Opening, deaths: int) -> None:
        self.deaths = deaths
        self.findings: list[str] = []
        self._loop = loop
        self._stack = AsyncExitStack()
        opened = self.run(self._stack.enter_async_context(opening()))
        self.system, self.tag = opened
        self.is_timeless = self.system.clock is not None
        slowness = {"slowness": SLOWNESS} if self.is_timeless else {}
        self.model = Shop(wares(self.tag), self.system.now(), **slowness)
        self.customers = tuple(f"{self.tag}{name}" for name in ("ada", "bob"))
        self.owners = [Owner(account=each) for each in self.customers]
        self.bills = [OrderId(f"{self.tag}bill-{number}") for number in (1, 2)]
        self.claims = [OrderId(f"{self.tag}claim-{number}") for number in range(1, 5)]
        self.eyes = Eyes(self.system)
        self.run(self.eyes.begin())

    def close(self) -> None:
        """Leave the store."""
        self.run(self._stack.aclose())

    def run(self, work: Awaitable[T]) -> T:
        """Let the loop run until something is done."""

        async def patiently() -> T:
            async with asyncio.timeout(PATIENCE):
                return await work

        try:
            return self._loop.run_until_complete(patiently())
        except BaseException as error:
            if not self.findings:
                self.findings.append(f"{type(error).__name__}: {error}")
            raise

    def sku(self, name: str) -> Sku:
        """Return a SKU of this example."""
        return Sku(self.tag + name)

    def lines(self, wanted: list[tuple[str, int]]) -> tuple[Line, ...]:
        """Return lines of this example's SKUs."""
        return tuple(Line(sku=self.sku(name), quantity=quantity) for name, quantity in wanted)

    def hold(self, got: object, wanted: Callable[[], object]) -> None:
        """Hold what the store answered against what the model does."""
        try:
            expected = wanted()
        except Error as error:
            expected = error
        self.found(plain(got) == plain(expected), f"\n  model:  {expected!r}\n  system: {got!r}")

    def found(self, is_right: bool, what: str) -> None:
        """Fail where something is not right, and note what."""
        if not is_right:
            self.findings.append(what)
            raise AssertionError(what)

    def agree(self) -> None:
        """Hold everything that can be seen against each other, once what was published has been heard."""
        self.run(self._agree())

    async def _agree(self) -> None:
        payments = [*self.model.orders, *self.bills]
        wanted = of_model(self.model, self.customers, self.owners, payments)
        until = self._loop.time() + (0 if self.is_timeless else PATIENCE / 4)
        while True:
            await self.system.settled()
            seen = await self.eyes.look([*self.model.goods.wares], self.customers, self.owners, payments)
            differing = difference(wanted, seen)
            if not differing or self._loop.time() > until:
                break
            await asyncio.sleep(GLANCE)  # what happens in another process cannot be waited for from here
        self.found(not differing, "\n".join(["the store is not as the model says", *differing]))

    # Calls that may wait for time to pass

    def order(self, who: str, call: Call[Order], card: str, known: Purchase | None = None, *, times: int = 1) -> object:
        """Make a call about an order, perhaps several times at once, and return what comes of it.

        In a store whose clock stands still, the clock is wound where the provider's answer was lost, and nobody waits
        for an order that needs time: it is left as it is then. ``known`` is the order where there is one already.
        """
        return self.run(self._order(who, call, card, known, times))

    async def _order(self, who: str, call: Call[Order], card: str, known: Purchase | None, times: int) -> object:
        heard = 0 if known is None else await self._silences(who, known.id)
        tasks = [asyncio.ensure_future(outcome(call())) for _ in range(times)]
        while self.is_timeless and card in (LOST, LATE):
            done, _ = await asyncio.wait(tasks, timeout=GLANCE)
            if len(done) == times:
                break
            order = await self._find(who, known)
            if order is None:
                continue
            said = [entry.what for entry in order.timeline]
            if card == LATE and (REFUNDING if known else UNANSWERED) in said and order.state not in LASTING:
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks)
                return order
            if card == LOST and said.count(UNANSWERED) > heard:
                heard += 1
                self.wind(seconds=1)
        answers = [await task for task in tasks]
        assert all(plain(each) == plain(answers[0]) for each in answers), f"one key, several answers: {answers}"
        return answers[0]

    async def _find(self, who: str, known: Purchase | None) -> Order | None:
        orders = self.system.contract(Orders)
        with self.system.acting(who):
            if known is not None:
                return await told(lambda: orders.get_order(known.id))
            page = await told(lambda: orders.list_orders(None, 100))
            new = [each.id for each in page.orders if each.id not in self.model.orders]
            return await told(lambda: orders.get_order(new[0])) if new else None

    async def _silences(self, who: str, order_id: OrderId) -> int:
        with self.system.acting(who):
            order = await told(lambda: self.system.contract(Orders).get_order(order_id))
        return [entry.what for entry in order.timeline].count(UNANSWERED)

    def ask(self, card: str, call: Call[T]) -> T | Error:
        """Call the payments, and again where the provider's first answer was lost, or where time passes by itself."""
        return self.run(self._ask(card, call))

    async def _ask(self, card: str, call: Call[T]) -> T | Error:
        while True:
            with self.system.acting(MACHINE):
                got = await outcome(call())
            silent = isinstance(got, Unavailable) and got.may_have_executed
            silent |= isinstance(got, Refund) and got.state is RefundState.PENDING and not got.refused
            if not silent or (self.is_timeless and card != LOST):
                return got
            await asyncio.sleep(GLANCE)

    # Time and death

    def kill(self, host: str) -> None:
        """Kill a process, and start it again."""
        assert self.system.kill is not None
        self.deaths -= 1
        self.run(self.system.kill(host))

    def through_a_death(self, host: str, call: Call[T], glances: int) -> T | Error:
        """Kill a process a moment after a call was made, and make the call again until it is answered."""
        return self.run(self._through_a_death(host, call, glances))

    async def _through_a_death(self, host: str, call: Call[T], glances: int) -> T | Error:
        assert self.system.kill is not None
        task = asyncio.ensure_future(outcome(call()))
        for _ in range(glances):
            await asyncio.wait([task], timeout=GLANCE)
        await self.system.kill(host)
        got = await task
        while isinstance(got, Unavailable | TimedOut):
            await asyncio.sleep(GLANCE)
            got = await outcome(call())
        return got

    def wind(self, **span: float) -> None:
        """Let a moment pass, in which nothing happens."""
        assert self.system.clock is not None
        self.system.clock.advance(**span)
        self.model.now = self.system.now()

    def wait(self, **span: float) -> None:
        """Let time pass, with all that follows."""
        waiting = self.model.waiting
        unpaid = [(id_, bill) for id_, bill in self._own_bills() if bill.state is PaymentState.PENDING]
        under_way = [
            (id_, bill, reference, refund)
            for id_, bill in self._own_bills()
            for reference, refund in bill.refunds.items()
            if refund.is_under_way
        ]
        assert self.system.clock is not None
        self.system.clock.advance(**span)
        self.model.wait(self.system.now())
        for order in waiting:
            assert order.state in LASTING
            self.run(self._until_lasting(order))
        payments = self.system.contract(Payments)
        for id_, bill in unpaid:
            got = self.ask(bill.card, lambda id_=id_, bill=bill: payments.authorise(id_, euros(bill.amount), bill.card))  # type: ignore[misc]
            self.hold(got, lambda id_=id_: self.model.till.standing(id_))  # type: ignore[misc]
        for id_, bill, reference, refund in under_way:
            if isinstance(reference, int):
                self.ask(bill.card, lambda id_=id_: payments.refund_rest(id_, 1))  # type: ignore[misc]
                continue
            self.ask(
                bill.card,
                lambda id_=id_, refund=refund, reference=reference: payments.refund(  # type: ignore[misc]
                    id_, euros(refund.amount), reference
                ),
            )

    def _own_bills(self) -> list[tuple[OrderId, Any]]:
        return [(each, self.model.till.bills[each]) for each in self.bills if each in self.model.till.bills]

    async def _until_lasting(self, purchase: Purchase) -> None:
        while True:
            with self.system.acting(purchase.customer):
                order = await told(lambda: self.system.contract(Orders).get_order(purchase.id))
            if order.state in LASTING:
                return
            await asyncio.sleep(GLANCE)
