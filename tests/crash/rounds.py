"""One round: a store, people who shop there all the while, and faults that befall it one after the other."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import NamedTuple

import httpx2

from app.data.addresses import own_address
from app.failpoints import Order
from contracts import kit
from contracts.accounts import Accounts
from contracts.catalog import Catalog, Category, NewProduct, Variant
from contracts.inventory import Inventory, UnknownSku
from contracts.kit import STAFF
from contracts.values import AccountId, CategoryId, Money, ProductId, Sku
from tests.books import findings_by_command
from tests.crash import books
from tests.crash.books import Finding
from tests.crash.client import Client
from tests.crash.harness import Fired, Store
from tests.crash.shoppers import GOODS, ROUND, Purchase, Shopper
from tests.faults.stores import looking_on

ENOUGH = 90_000
"""Of everything there is more than is ever bought."""
SHOPPERS = 4
THOUGHT = 0.05
"""Seconds for which a shopper thinks between two purchases."""


RARE = 240.0
"""Seconds until a place is passed that a purchase in ten comes past, on a machine that has much else to do."""


class Suffered(NamedTuple):
    """A fault that befell the store: after how many seconds everything served again."""

    order: Order
    fired: Fired
    back: float


class Round(NamedTuple):
    """What was bought in a round, what the store suffered, and which points it came past meanwhile, how often.

    ``right`` is how many seconds it took, from the last order, until the books were right.
    """

    purchases: list[Purchase]
    suffered: list[Suffered]
    passed: Counter[tuple[str, str]]
    right: float


async def play(store: Store, waves: Sequence[Sequence[Order]], checkouts: int, *, limit: float = books.LIMIT) -> Round:
    """Have people shop until so many checkouts were made and all faults have befallen the store, wave after wave."""
    async with shopping(store, limit=limit) as made:
        before = store.failpoints.passed()
        suffered = [each for wave in waves for each in await _suffer(store, wave)]
        await made.until(checkouts)
    return Round(made.purchases, suffered, store.failpoints.passed() - before, made.right)


class Shopping:
    """People who shop. ``right`` is how many seconds it took, from their last order, until the books were right."""

    def __init__(self, shoppers: Sequence[Shopper], clerk: Client) -> None:
        self.purchases: list[Purchase] = []
        self.right = 0.0
        self._over = asyncio.Event()
        self._clerk = clerk
        self._shoppers = shoppers
        self._wishes = zip(itertools.cycle(ROUND), itertools.cycle(GOODS), itertools.cycle((1, 2, 3)), strict=False)

    @property
    def repeats(self) -> int:
        """How often a call had to be made again."""
        return sum(each.client.repeats for each in self._shoppers)

    async def until(self, purchases: int) -> None:
        """Wait until so many purchases have begun."""
        while len(self.purchases) < purchases:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.02)

    async def go_on(self) -> None:
        """Wait until every purchase that is under way has come to its end."""
        waiting = [each for each in self.purchases if each.ended is None]
        while any(each.ended is None for each in waiting):  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.02)

    def begin(self, group: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """Let them shop, and somebody new register now and then, and new things be put on the shelves."""
        return [group.create_task(work) for work in (*map(self._shop, self._shoppers), self._go_on())]

    def end(self) -> None:
        """Let them finish what they have begun."""
        self._over.set()

    async def _shop(self, shopper: Shopper) -> None:
        while not self._over.is_set():
            await shopper.shop(*next(self._wishes), self.purchases.append)
            await asyncio.sleep(THOUGHT)

    async def _go_on(self) -> None:
        for number in itertools.count(1):
            await self._clerk.beside().register()
            variant = {"sku": f"NEW-{number}", "price": {"amount": 100, "currency": "EUR"}, "weight_grams": 100}
            new = {"id": f"new-{number}", "name": "New", "brand": "A", "category_id": "things", "variants": [variant]}
            await self._clerk.call("catalog.v1/add_product", {"product": new}, f"new-{number}")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), 0.25)
            if self._over.is_set():
                return


@asynccontextmanager
async def shopping(store: Store, *, limit: float = books.LIMIT) -> AsyncIterator[Shopping]:
    """Have people shop until the block ends; from then on it may take so many seconds until the books are right."""
    async with _customers(store) as made, asyncio.TaskGroup() as group:
        keeper = group.create_task(store.keep())
        busy = made.begin(group)
        yield made
        made.right = -time.monotonic()
        made.end()
        await asyncio.wait(busy)
        await books.until_right(lambda: look(store, made.purchases), limit)
        made.right += time.monotonic()
        assert made.right < limit, f"the books were right {made.right:.1f} s after the last order"
        keeper.cancel()


def look(store: Store, purchases: Sequence[Purchase]) -> list[Finding]:
    """Return what is wrong in a store where these purchases were made, as seen from outside.

    On PostgreSQL that is what its own auditor finds, and orders that are not as their customers were told.
    """
    url = store.shop.environ.get("FREESTONE_DATABASE_URL")
    if url is not None:
        found = [Finding(each.rule, each.problem, each.subject) for each in audited(store)]
        return found + books.misled(own_address("orders", url), purchases)
    return books.examine(store.shop.data, purchases, filled=ENOUGH)


def audited(store: Store) -> list[kit.Finding]:
    """Return what the store's own auditor finds."""
    return findings_by_command(store.shop.data, store.shop.environ)


async def _suffer(store: Store, wave: Sequence[Order]) -> list[Suffered]:
    names = [store.failpoints.lay(order) for order in wave]
    try:
        async with asyncio.timeout(RARE):
            while len(  # noqa: ASYNC110 - no event tells
                fired := [each for each in map(store.failpoints.fired, names) if each is not None]
            ) < len(wave):
                await asyncio.sleep(0.02)
    except TimeoutError:
        left = [order for order, name in zip(wave, names, strict=True) if store.failpoints.fired(name) is None]
        raise AssertionError(f"never carried out: {left}") from None
    await store.ready(but_not=[each.pid for each in fired])
    now = time.time()
    return [Suffered(order, each, now - each.at) for order, each in zip(wave, fired, strict=True)]


@asynccontextmanager
async def _customers(store: Store) -> AsyncIterator[Shopping]:
    """Open the store: goods on the shelves, and people with accounts, one of whom is staff."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx2.AsyncClient(timeout=30))
        clients = [Client(lambda: store.url, http) for _ in range(SHOPPERS + 1)]
        await asyncio.gather(*(each.register() for each in clients))
        *customers, clerk = clients
        async with looking_on(store.shop) as reach:
            await _fill(await reach.proxy(Catalog), await reach.proxy(Inventory))
            await (await reach.proxy(Accounts)).set_roles(AccountId(clerk.account), STAFF)
        yield Shopping([Shopper(each, clerk) for each in customers], clerk)


async def _fill(catalog: Catalog, inventory: Inventory) -> None:
    things = CategoryId("things")
    await catalog.add_category(Category(id=things, slug="things", name="Things", parent_id=None, vat_rate=1900))
    for number, sku in enumerate(GOODS, 1):
        variant = Variant(sku=Sku(sku), price=Money(amount=100 * number, currency="EUR"), weight_grams=100)
        product = ProductId(sku.lower())
        await catalog.add_product(
            NewProduct(id=product, name=sku, brand="Acme", category_id=things, variants=(variant,))
        )
    async with asyncio.timeout(RARE):
        for sku in GOODS:
            while True:
                with suppress(UnknownSku):
                    await inventory.restock(Sku(sku), ENOUGH)
                    break
                await asyncio.sleep(0.02)
