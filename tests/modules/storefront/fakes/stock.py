"""A stock in memory."""

from __future__ import annotations

from typing import Never, final

from contracts.inventory import Availability, Reservation
from contracts.kit import PermissionDenied
from contracts.values import Line, OrderId, Sku
from tests.modules.storefront.fakes.breakable import Breakable
from tests.modules.unaudited import UnauditedInventory


@final
class FakeInventory(Breakable, UnauditedInventory):
    """Holds 20 of everything that ``left`` does not mention."""

    def __init__(self) -> None:
        super().__init__()
        self.left: dict[str, int] = {}

    async def get_availability(self, skus: tuple[Sku, ...]) -> tuple[Availability, ...]:
        self.enter("get_availability")
        return tuple(Availability(sku=sku, available=self.left.get(sku, 20)) for sku in skus)

    async def reserve(self, order_id: OrderId, lines: tuple[Line, ...]) -> Reservation:
        self._refuse()

    async def commit(self, order_id: OrderId) -> None:
        self._refuse()

    async def release(self, order_id: OrderId) -> None:
        self._refuse()

    async def take_back(self, order_id: OrderId) -> None:
        self._refuse()

    async def restock(self, sku: Sku, quantity: int, order_id: OrderId | None = None) -> Availability:
        self._refuse()

    def _refuse(self) -> Never:
        raise PermissionDenied(operation="inventory.v1")
