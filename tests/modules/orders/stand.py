"""Orders over a database of their own, in a world that is in the test's hands."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import msgspec
from sqlalchemy import text

from app.data.database import ModuleDatabase
from app.data.repeat import Repeater
from contracts.kit import SYSTEM, Actor, Context, Event, Role, contract_of
from contracts.kit.context import NEVER, current_frame, scope
from contracts.orders import Order, OrderEnded, OrderPaid, OrderPlaced, Orders, Quote
from contracts.values import AccountId, Address, Line, OrderId, Sku
from modules.orders.container import OrdersContainer
from modules.orders.domain import LASTING
from modules.orders.saga import Saga
from modules.orders.service import MARGIN
from modules.orders.settings import OrdersSettings
from tests.modules.doubles import ManualClock, published
from tests.modules.orders.doubles import FakeCatalog, FakeInventory, FakePayments

ADA, BOB = AccountId("ada"), AccountId("bob")
HOME = Address(name="Ada", street="Main Street 1", postal_code="10115", city="Berlin", country="DE")


def lines(**quantities: int) -> tuple[Line, ...]:
    """Return lines: lines(LAMP=2); an underscore stands for a dash."""
    return tuple(Line(sku=Sku(name.replace("_", "-")), quantity=quantity) for name, quantity in quantities.items())


TWO_MUGS = lines(MUG_BLUE=2)


@contextmanager
def acting(account: AccountId, *roles: Role, seconds: float | None = None) -> Iterator[None]:
    """Act as a person, perhaps with a deadline after which no answer is waited for any more."""
    actor = Actor(id=account, roles=frozenset({Role.CUSTOMER, *roles}))
    due = NEVER if seconds is None else time.monotonic_ns() + round((seconds + MARGIN) * 1e9)
    with scope(context=Context(actor=actor), due=due):
        yield


class World:
    """What surrounds the orders, and outlives an instance of them."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.catalog = FakeCatalog()
        self.inventory = FakeInventory(self.clock)
        self.payments = FakePayments()

    @property
    def calls(self) -> list[str]:
        """What stock and payments were asked to do."""
        return [call for call in self.inventory.calls if call != "get_availability"] + self.payments.calls


class Stand:
    """One instance of the orders; several may stand over the same database and world."""

    def __init__(self, database: ModuleDatabase, world: World | None = None, **settings: Any) -> None:
        self.database = database
        self.world = world or World()
        self.settings = msgspec.convert({"poll_seconds": 0.02} | settings, OrdersSettings)
        self.container = OrdersContainer(
            database=database,
            clock=self.world.clock,
            settings=self.settings,
            catalog=self.world.catalog,
            inventory=self.world.inventory,
            payments=self.world.payments,
        )
        self.service: Orders = self.container.service()
        self.saga: Saga = self.container.saga()

    def another(self, **settings: Any) -> Stand:
        """Return a new instance in the same world, as after a restart."""
        return Stand(self.database, self.world, **settings)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Have the background work done, as the system, until the block ends."""
        with scope(context=Context(actor=Actor(id="orders", roles=SYSTEM))):
            runner = asyncio.create_task(self.container.runner().run())
        try:
            yield
        finally:
            runner.cancel()
            await asyncio.wait([runner])

    async def quote(self, wanted: tuple[Line, ...] = TWO_MUGS) -> Quote:
        """Return what lines cost, delivered home."""
        return await self.service.quote(wanted, HOME.country)

    async def place(
        self,
        wanted: tuple[Line, ...] = TWO_MUGS,
        token: str = "tok_success",
        *,
        account: AccountId = ADA,
        digest: str | None = None,
        key: str | None = None,
        seconds: float | None = None,
    ) -> Order:
        """Place an order, by a fresh quote unless a digest is given, and perhaps under a key."""
        shown = digest or (await self.quote(wanted)).digest
        with acting(account, seconds=seconds):
            if key is None:
                return await self.service.place_order(shown, wanted, HOME, token)
            order: Order = await self.under("place_order", key, (shown, wanted, HOME, token))
            return order

    async def cancel(
        self, order_id: OrderId, *, account: AccountId = ADA, key: str | None = None, seconds: float | None = None
    ) -> Order:
        """Cancel an order."""
        with acting(account, seconds=seconds):
            if key is None:
                return await self.service.cancel_order(order_id)
            order: Order = await self.under("cancel_order", key, (order_id,))
            return order

    async def begin(self, wanted: tuple[Line, ...] = TWO_MUGS, token: str = "tok_success") -> OrderId:
        """Place an order that nobody sees to yet."""
        return (await self.place(wanted, token, seconds=-MARGIN)).id

    async def get(self, order_id: OrderId, account: AccountId = ADA) -> Order:
        """Return one of an account's orders."""
        with acting(account):
            return await self.service.get_order(order_id)

    async def until_lasting(self, order_id: OrderId) -> Order:
        """Return an order once its state lasts."""
        async with asyncio.timeout(60):
            while (order := await self.get(order_id)).state not in LASTING:  # noqa: ASYNC110  # any instance may do it
                await asyncio.sleep(0.01)
        return order

    async def row(self, order_id: OrderId) -> dict[str, Any]:
        """Return an order's row as it is kept."""
        async with self.database.read() as session:
            found = await session.execute(text("SELECT * FROM orders WHERE id = :id"), {"id": order_id})
            return dict(found.mappings().one())

    async def events(self) -> list[Event]:
        """Return what was published, in order."""
        return await published(self.database, OrderPlaced, OrderPaid, OrderEnded)

    async def under(self, operation: str, key: str, arguments: tuple[object, ...]) -> Any:
        """Call a `process` command under a key, as the pipeline does."""
        repeater = Repeater(self.database, f"orders.{operation}", contract_of(Orders).operations[operation])
        return await repeater(current_frame(), key, getattr(self.service, operation), arguments)


def says(order: Order) -> list[str]:
    """Return an order's timeline without the times."""
    return [entry.what for entry in order.timeline]
