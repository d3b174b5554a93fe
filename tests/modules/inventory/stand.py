"""One instance of the stock, with the clock in the test's hands."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import text

from app.data.database import ModuleDatabase
from contracts.catalog import ProductAdded
from contracts.inventory import Inventory
from contracts.values import Line, OrderId, ProductId, Sku
from modules.inventory.container import InventoryContainer
from modules.inventory.domain import Movement
from modules.inventory.listeners import on_product_added
from modules.inventory.settings import InventorySettings
from modules.inventory.sweep import Sweep
from tests.modules.doubles import ManualClock

MUG, LAMP, OAK = Sku("MUG"), Sku("LAMP"), Sku("OAK")


def order(number: int) -> OrderId:
    """Return an order's id."""
    return OrderId(f"F{number:09}")


def lines(**quantities: int) -> tuple[Line, ...]:
    """Return lines: lines(MUG=2)."""
    return tuple(Line(sku=Sku(sku), quantity=quantity) for sku, quantity in quantities.items())


class Stand:
    """The stock over a database; several may stand over the same one."""

    def __init__(self, database: ModuleDatabase, clock: ManualClock | None = None) -> None:
        self.database = database
        self.clock = clock or ManualClock()
        self.container = InventoryContainer(database=database, clock=self.clock, settings=InventorySettings())
        self.service: Inventory = self.container.service()
        self.sweep: Sweep = self.container.sweep()

    async def announce(self, *skus: Sku) -> None:
        """Let the catalogue have added a product with these SKUs."""
        async with self.database.write() as work:
            await on_product_added(ProductAdded(product_id=ProductId("p"), skus=skus), work)

    async def stock(self, **quantities: int) -> None:
        """Announce SKUs and put so many of each on the shelves."""
        await self.announce(*map(Sku, quantities))
        for sku, quantity in quantities.items():
            await self.service.restock(Sku(sku), quantity)

    async def available(self, sku: Sku) -> int:
        """Return how many can be promised."""
        (found,) = await self.service.get_availability((sku,))
        return found.available

    async def shelf(self, sku: Sku) -> tuple[int, int]:
        """Return (on hand, reserved) as the rows say."""
        async with self.database.read() as session:
            row = await session.execute(text("SELECT on_hand, reserved FROM stock WHERE sku = :sku"), {"sku": sku})
            on_hand, reserved = row.one()
            return on_hand, reserved

    async def audited(self) -> bool:
        """Say whether every shelf is the sum of its movements, and covers what live reservations hold; and whether no
        more came back from an order than left for it."""
        async with self.database.read() as session:
            shelves = {sku: (on_hand, reserved) for sku, on_hand, reserved in await session.execute(_SHELVES)}
            held = {sku: quantity for sku, quantity in await session.execute(_HELD)}  # noqa: C416  # rows
            sums = dict.fromkeys(shelves, (0, 0))
            out = Counter[tuple[str | None, str]]()
            for sku, movement, quantity, whose in await session.execute(_MOVEMENTS):
                on_hand, reserved = Movement(movement).effect
                out[whose, sku] += _OUT.get(movement, 0) * quantity
                sums[sku] = (sums[sku][0] + on_hand * quantity, sums[sku][1] + reserved * quantity)
        is_covered = all(reserved == held.get(sku, 0) for sku, (_, reserved) in shelves.items())
        return sums == shelves and is_covered and min(out.values(), default=0) >= 0


_SHELVES = text("SELECT sku, on_hand, reserved FROM stock")
_MOVEMENTS = text("SELECT sku, movement, quantity, order_id FROM movements")
_OUT = {Movement.COMMITTED: 1, Movement.RETURNED: -1}
_HELD = text(
    "SELECT sku, sum(quantity) FROM reservation_lines JOIN reservations USING (order_id) "
    "WHERE state = 'held' GROUP BY sku"
)
