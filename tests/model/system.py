"""A running store as the machine plays with it: its contracts, its actors, and what can befall it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from app.config import Settings
from app.runtime.host import Host
from app.runtime.identity import AssertionSigner, Identities, both_keys, public_part
from app.runtime.part import Part
from app.runtime.plan import make_plan
from app.runtime.ports import SystemClock
from app.wire.hello import HOST
from contracts.catalog import Catalog, Category, NewProduct, Variant
from contracts.inventory import Inventory, UnknownSku
from contracts.kit import SYSTEM, Actor, Context, Role, TimedOut
from contracts.kit.context import scope
from contracts.values import CategoryId, ProductId, Sku
from tests.builders import KEY, UNHURRIED, shop_parts
from tests.model.goods import ZONES, Ware, attributes, euros, wares
from tests.modules.doubles import ManualClock

T = TypeVar("T")

MODULES = ("catalog", "inventory", "payments", "orders", "cart")
SLOWNESS = timedelta(seconds=60)
"""What the late card takes where the clock is in the machine's hands."""

SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "inventory": {"sweep_seconds": 0.05},
    "orders": {
        "poll_seconds": 0.05,
        "zones": [
            {
                "countries": [country],
                "brackets": [{"up_to_grams": grams, "price": price} for grams, price in brackets],
            }
            for country, brackets in ZONES.items()
        ],
    },
    "payments": {"sandbox_slow_seconds": SLOWNESS.total_seconds(), "settle_after_seconds": 3600.0},
}
"""Nothing here hurries a store whose clock stands still: what is late stays so until the machine winds the clock."""

CLERK = Actor(id="clerk", roles=frozenset({Role.STAFF}))
MACHINE = Actor(id=HOST, roles=SYSTEM)
GUEST = Actor()

Befall = Callable[[str], Awaitable[None]]


async def told(query: Callable[[], Awaitable[T]]) -> T:
    """Return what a query answers, however long this machine takes for that: what was too late is asked again."""
    while True:
        with suppress(TimedOut):
            return await query()


class System:
    """A store, which without a ``clock`` goes by the machine's; ``renew`` and ``kill`` are there where they can be."""

    def __init__(
        self,
        host: Host,
        key: bytes,
        clock: ManualClock | None,
        *,
        renew: Befall | None = None,
        kill: Befall | None = None,
    ) -> None:
        self.clock = clock
        self.renew = renew
        self.kill = kill
        self._host = host
        self._signer = AssertionSigner(key, clock or SystemClock())
        self._assertions: dict[Actor, str] = {}
        self._identities = Identities(public_part(key), clock or SystemClock())

    def now(self) -> datetime:
        """Tell the time."""
        return datetime.now(UTC) if self.clock is None else self.clock.now()

    def contract(self, protocol: type[T]) -> T:
        """Return what the machine calls."""
        return self._host.proxy(protocol)

    @contextmanager
    def acting(self, who: Actor | str) -> Iterator[None]:
        """Make the calls in the block as somebody; as a customer, known by the account's id."""
        if isinstance(who, str):
            who = Actor(id=who, roles=frozenset({Role.CUSTOMER}))
        if who in (GUEST, MACHINE):
            with scope(context=Context(request_id="model", actor=who)):
                yield
        else:
            if who not in self._assertions:
                self._assertions[who] = self._signer.sign(who, timedelta(days=365))
            with self._identities.acting(self._assertions[who]):
                yield

    async def settled(self) -> None:
        """Return when every module here has heard what was published."""
        await self._host.settled()


async def furnish(system: System, assortment: Sequence[Ware]) -> None:
    """Put an assortment into the catalogue and on the shelves, as its levels say."""
    by_product: dict[ProductId, list[Ware]] = {}
    for ware in assortment:
        by_product.setdefault(ware.product, []).append(ware)
    with system.acting(CLERK):
        for product, variants in by_product.items():
            await _add(system.contract(Catalog), product, variants)
        for ware in assortment:
            await _shelve(system.contract(Inventory), ware.sku, ware.level)


async def _add(catalog: Catalog, product: ProductId, variants: Sequence[Ware]) -> None:
    category = CategoryId(f"all-{product}")
    rate, name = variants[0].vat_rate, variants[0].name
    await catalog.add_category(Category(id=category, slug=category, name=category, parent_id=None, vat_rate=rate))
    sold = [
        Variant(sku=each.sku, attributes=attributes(each), price=euros(each.price), weight_grams=each.grams)
        for each in variants
    ]
    await catalog.add_product(
        NewProduct(id=product, name=name, brand="Acme", category_id=category, variants=tuple(sold))
    )


async def _shelve(inventory: Inventory, sku: Sku, level: int) -> None:
    while True:
        try:
            await inventory.restock(sku, level)
        except UnknownSku:  # it is still to hear of it
            await asyncio.sleep(0.01)
        else:
            return


@asynccontextmanager
async def in_process(
    data: Path, *, strict: bool = False, change: Callable[[list[Part]], list[Part]] = list
) -> AsyncIterator[System]:
    """A store in this process over a data folder, every call direct, or ``strict``; perhaps with a module changed."""
    clock = ManualClock()
    plan = make_plan(change(shop_parts(*MODULES)))
    settings = Settings(data=data, modules=SETTINGS, strict=strict, patience=UNHURRIED)
    async with Host(plan, settings, both_keys(KEY), clock=clock) as host:
        yield System(host, KEY, clock, renew=host.renew)


async def make_template(data: Path) -> None:
    """Make a data folder with the assortment, to be copied: that is quicker than to make one for each example."""
    data.mkdir()  # noqa: ASYNC240 - a moment, in a test
    async with in_process(data) as system:
        await furnish(system, wares(""))
        await system.settled()


@asynccontextmanager
async def copied(
    template: Path, folder: Path, *, strict: bool = False, change: Callable[[list[Part]], list[Part]] = list
) -> AsyncIterator[System]:
    """A store of its own over a copy of the template, which is gone afterwards."""
    shutil.copytree(template, folder)
    try:
        async with in_process(folder, strict=strict, change=change) as system:
            yield system
    finally:
        shutil.rmtree(folder)
