"""The purchase over real orders, stock and payments in one process, to be cut off anywhere and begun again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

from dependency_injector import providers

from app.data.database import ModuleDatabase
from app.data.repeat import Repeater
from contracts.catalog import ProductAdded
from contracts.inventory import Inventory
from contracts.kit import SYSTEM, Actor, Context, Module, Role, contract_of
from contracts.kit.context import NEVER, current_frame, root_scope
from contracts.orders import NotAvailable, Order, Orders, OrderState, PaymentRefused, Quote, TooLate
from contracts.payments import Payments
from contracts.values import AccountId, Line, OrderId, ProductId
from modules.inventory.module import module as inventory
from modules.orders.module import module as orders
from modules.payments.module import module as payments
from tests.databases import Places
from tests.journeys.scissors import Cut, CutDatabase, Scissors, cut_contract
from tests.modules.doubles import ManualClock, opened
from tests.modules.orders.doubles import LAMP, MUG, FakeCatalog
from tests.modules.orders.stand import HOME

LASTING = frozenset({OrderState.PAID, OrderState.CANCELLED, OrderState.REJECTED})
STOCK = 999
WANTED = (Line(sku=MUG, quantity=2), Line(sku=LAMP, quantity=1))
THIEF = OrderId("F-THIEF")
"""Who holds all there is where something shall be sold out."""
REFUSED = "The payment provider refused the refund (card_closed): the store will see to it"
ROUNDS = 60
"""So often somebody looks after an order until its state must last."""


class World:
    """What outlives a crash: the databases, the provider, the time."""

    def __init__(self, databases: dict[str, ModuleDatabase]) -> None:
        self.databases = databases
        self.clock = ManualClock()
        self.catalog = FakeCatalog()
        self.provider = self.build(payments, databases["payments"]).provider()  # outside: it does not die with us
        self.calm = Shop(self, Scissors())  # nobody cuts this one off

    def build(self, module: Module, database: object, **needs: object) -> Any:
        """Return a module's container, with its own database in one guise or another."""
        assert module.settings is not None
        return module.container(database=database, clock=self.clock, settings=module.settings(), **needs)

    async def stock(self) -> None:
        """Put everything on the shelves."""
        async with self.databases["inventory"].write() as work:
            await inventory.listens[ProductAdded](ProductAdded(product_id=ProductId("p"), skus=(MUG, LAMP)), work)
        for sku in (MUG, LAMP):
            await self.calm.inventory.restock(sku, STOCK)

    async def steal(self) -> None:
        """Have somebody else hold what is left of the lamps."""
        (left,) = await self.calm.inventory.get_availability((LAMP,))
        if left.available:
            await self.calm.inventory.reserve(THIEF, (Line(sku=LAMP, quantity=left.available),))

    async def give_back(self) -> None:
        """Have that expire, and be swept away."""
        self.clock.advance(minutes=16)
        await self.calm.sweep.once()


@asynccontextmanager
async def world_in(folder: Path) -> AsyncIterator[World]:
    """Open a world with a stocked shop."""
    places = Places("sqlite", folder)
    async with AsyncExitStack() as stack:
        made = World(
            {
                each.name: await stack.enter_async_context(opened(each.name, places, *each.provides))
                for each in (orders, inventory, payments)
            }
        )
        await made.stock()
        yield made


class Shop:
    """One instance of the three modules, and what their background work does; it may be cut off."""

    def __init__(self, world: World, scissors: Scissors) -> None:
        self.world = world
        self.scissors = scissors
        stock, money = self._build(inventory), self._build(payments)
        money.provider.override(providers.Object(Cut(world.provider, "the provider", scissors)))
        self.sweep = stock.sweep()
        self.settlement = money.settlement()
        self.calls = money.sandbox_calls()
        databases = world.databases
        self.inventory = cut_contract(Inventory, databases["inventory"], stock.service(), scissors)
        self.payments = cut_contract(Payments, databases["payments"], money.service(), scissors)
        needs = {"catalog": world.catalog, "inventory": self.inventory, "payments": self.payments}
        container = self._build(orders, **needs)
        self.orders: Orders = container.service()
        self.runner = container.runner()

    async def order(self, buyer: Buyer) -> None:
        """Send the form, as often as it takes: the key is the buyer's."""
        arguments = (buyer.quote.digest, WANTED, HOME, buyer.token)
        with suppress(NotAvailable, PaymentRefused):
            await self._under(buyer, "place_order", arguments)

    async def cancel(self, buyer: Buyer) -> None:
        """Have the buyer cancel the order, if that can be."""
        order = await buyer.found(self)
        if order is not None:
            with suppress(TooLate):
                await self._under(buyer, "cancel_order", (order.id,))

    async def revoke(self, buyer: Buyer, when: str = "") -> None:
        """Have the store revoke the order, if it is paid, or its refund was refused."""
        order = await buyer.found(self)
        if order is not None:
            with suppress(TooLate):
                await self._under(buyer, "revoke_order", (order.id,), when)

    async def work(self) -> None:
        """Do once what is due in the background of each module, then let a few seconds pass."""
        with root_scope(Context(actor=Actor(id="orders", roles=SYSTEM))):
            await self.runner.once()
            await self.calls.once()
            await self.settlement.once()
            await self.sweep.once()
        self.world.clock.advance(seconds=5)

    async def settled(self, buyer: Buyer) -> None:
        """Work until the buyer's order, if there is one, has a state that lasts, or waits for staff."""
        order = await buyer.found(self)
        for _ in range(ROUNDS):
            if order is None or order.state in LASTING or order.timeline[-1].what == REFUSED:
                return
            await self.work()
            order = await buyer.found(self)
        raise AssertionError(f"the order is stuck: {order}")

    async def _under(self, buyer: Buyer, operation: str, arguments: tuple[object, ...], when: str = "") -> Any:
        name = f"orders.{operation}"
        repeater = Repeater(self.world.databases["orders"], name, contract_of(Orders).operations[operation])
        with buyer.acting():
            call = repeater(current_frame(), f"{buyer.name} {name} {when}", getattr(self.orders, operation), arguments)
            return await call

    def _build(self, module: Module, **needs: object) -> Any:
        return self.world.build(module, CutDatabase(self.world.databases[module.name], self.scissors), **needs)


class Buyer:
    """Somebody with a form in hand: a quote, a card, and a name that is also the key."""

    def __init__(self, name: str, token: str, quote: Quote) -> None:
        self.name = name
        self.token = token
        self.quote = quote

    @classmethod
    async def arriving(cls, world: World, name: str, token: str) -> Buyer:
        """Let somebody new come, who is told what it costs."""
        return cls(name, token, await world.calm.orders.quote(WANTED, HOME.country))

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Act as the buyer, and as staff, without waiting for an answer."""
        actor = Actor(id=AccountId(self.name), roles=frozenset({Role.CUSTOMER, Role.STAFF}))
        with root_scope(Context(actor=actor), 0):
            yield

    async def found(self, shop: Shop) -> Order | None:
        """Return the buyer's one order, None where there is none; never are there two."""
        with root_scope(Context(actor=Actor(id=AccountId(self.name))), NEVER):
            page = (await shop.orders.list_orders(None)).orders
            assert len(page) <= 1
            return await shop.orders.get_order(page[0].id) if page else None
