"""Carts in memory."""

from __future__ import annotations

from typing import final

from contracts.cart import Cart, CartFull, CartLine, Carts, LineNotFound, Problem, UnknownItem
from contracts.catalog import Offer
from contracts.values import Money, Sku
from tests.modules.storefront.fakes.breakable import Breakable, actor_id
from tests.modules.storefront.fakes.catalog import FakeCatalog
from tests.modules.storefront.fakes.stock import FakeInventory


@final
class FakeCarts(Breakable, Carts):
    """Keeps a guest's cart under its token, an account's under the account's id."""

    def __init__(self, catalog: FakeCatalog, inventory: FakeInventory) -> None:
        super().__init__()
        self._catalog = catalog
        self._inventory = inventory
        self.held: dict[str, dict[Sku, int]] = {}

    async def get_cart(self, token: str | None) -> Cart:
        self.enter("get_cart")
        return await self._cart(actor_id() or token)

    async def count_items(self, token: str | None) -> int:
        self.enter("count_items")
        return sum(self.held.get(actor_id() or token or "", {}).values())

    async def add_item(self, token: str | None, sku: Sku, quantity: int) -> Cart:
        self.enter("add_item")
        if not await self._catalog.get_offers((sku,)):
            raise UnknownItem(sku=sku)
        owner = actor_id() or (token if token in self.held else None) or f"guest-{len(self.held)}"
        lines = self.held.setdefault(owner, {})
        if len(lines) >= 50 and sku not in lines:
            raise CartFull
        lines[sku] = min(lines.get(sku, 0) + quantity, 99)
        return await self._cart(owner)

    async def set_quantity(self, token: str | None, sku: Sku, quantity: int) -> Cart:
        self.enter("set_quantity")
        self._lines(token, sku)[sku] = quantity
        return await self._cart(actor_id() or token)

    async def remove_item(self, token: str | None, sku: Sku) -> Cart:
        self.enter("remove_item")
        del self._lines(token, sku)[sku]
        return await self._cart(actor_id() or token)

    async def merge(self, token: str) -> None:
        self.enter("merge")
        owner = actor_id()
        assert owner is not None
        mine = self.held.setdefault(owner, {})
        for sku, quantity in self.held.pop(token, {}).items():
            mine[sku] = min(mine.get(sku, 0) + quantity, 99)

    def _lines(self, token: str | None, sku: Sku) -> dict[Sku, int]:
        lines = self.held.get(actor_id() or token or "", {})
        if sku not in lines:
            raise LineNotFound(sku=sku)
        return lines

    async def _cart(self, owner: str | None) -> Cart:
        held = self.held.get(owner or "", {})
        offers = {offer.sku: offer for offer in await self._catalog.get_offers(tuple(held))}
        left: dict[Sku, int] = {}
        if not self._inventory.faults:
            left = {each.sku: each.available for each in await self._inventory.get_availability(tuple(held))}
        lines = tuple(_line(sku, quantity, offers.get(sku), left.get(sku)) for sku, quantity in held.items())
        totals = [line.total for line in lines if line.total is not None]
        return Cart(
            token=None if actor_id() else owner,
            lines=lines,
            subtotal=Money(amount=sum(each.amount for each in totals), currency="EUR") if totals else None,
            count=sum(held.values()),
        )


def _line(sku: Sku, quantity: int, offer: Offer | None, available: int | None) -> CartLine:
    problem = None
    if offer is None:
        problem = Problem.UNKNOWN
    elif available == 0:
        problem = Problem.SOLD_OUT
    elif available is not None and available < quantity:
        problem = Problem.TOO_FEW
    return CartLine(
        sku=sku,
        quantity=quantity,
        name=offer.name if offer else sku,
        detail=", ".join(each.value for each in offer.attributes) if offer else "",
        product_id=offer.product_id if offer else None,
        unit_price=offer.price if offer else None,
        total=Money(amount=offer.price.amount * quantity, currency="EUR") if offer else None,
        available=available,
        problem=problem,
    )
