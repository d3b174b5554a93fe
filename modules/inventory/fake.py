"""The stock in memory, to run and test others without it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import final

import msgspec

from contracts.inventory import (
    AlreadyCommitted,
    AlreadyReleased,
    Availability,
    Inventory,
    OutOfStock,
    Reservation,
    ReservationNotFound,
    UnknownSku,
)
from contracts.kit import Clock
from contracts.values import Line, OrderId, Sku
from modules.inventory import domain
from modules.inventory.domain import Quantities, Shelf, State
from modules.inventory.settings import InventorySettings

_SKU = re.compile(r"[A-Z0-9][A-Z0-9-]{1,39}")
"""What the catalogue could announce."""


class _Held(msgspec.Struct):
    """An order's reservation; without an instant it never held anything."""

    state: State
    expires: datetime | None
    quantities: Quantities


@final
class FakeInventory(Inventory):
    """Takes every SKU that the catalogue could announce for announced, as it hears of nothing, and begins with as
    many of it as the demonstration store."""

    def __init__(self, clock: Clock, settings: InventorySettings) -> None:
        self._clock = clock
        self._lifetime = timedelta(minutes=settings.reservation_minutes)
        self._on_hand: dict[Sku, int] = {}
        self._orders: dict[OrderId, _Held] = {}

    async def get_availability(self, skus: tuple[Sku, ...]) -> tuple[Availability, ...]:
        shelves = self._shelves(skus)
        return tuple(Availability(sku=sku, available=shelves.get(sku, domain.EMPTY).available) for sku in skus)

    async def reserve(self, order_id: OrderId, lines: tuple[Line, ...]) -> Reservation:
        wanted = domain.add_up(lines)
        before = self._orders.get(order_id)
        if before is not None and before.state is State.RELEASED:
            raise AlreadyReleased(order_id=order_id)
        if before is None or not (before.state is State.COMMITTED or self._is_live(before)):
            missing = domain.shortages(wanted, self._shelves(wanted))
            if missing:
                raise OutOfStock(shortages=missing)
            before = self._orders[order_id] = _Held(State.HELD, self._clock.now() + self._lifetime, wanted)
        assert before.expires is not None
        held = tuple(Line(sku=sku, quantity=quantity) for sku, quantity in before.quantities.items())
        return Reservation(order_id=order_id, lines=held, expires=before.expires)

    async def commit(self, order_id: OrderId) -> None:
        held = self._orders.get(order_id)
        if held is not None and held.state is State.COMMITTED:
            return
        if held is None or not self._is_live(held):
            raise ReservationNotFound(order_id=order_id)
        held.state = State.COMMITTED
        for sku, quantity in held.quantities.items():
            self._on_hand[sku] -= quantity

    async def release(self, order_id: OrderId) -> None:
        held = self._orders.setdefault(order_id, _Held(State.RELEASED, None, {}))
        if held.state is State.COMMITTED:
            raise AlreadyCommitted(order_id=order_id)
        held.state = State.RELEASED

    async def restock(self, sku: Sku, quantity: int) -> Availability:
        if sku not in self._shelves([sku]):
            raise UnknownSku(sku=sku)
        self._on_hand[sku] += quantity
        return Availability(sku=sku, available=self._shelves([sku])[sku].available)

    def _is_live(self, held: _Held) -> bool:
        return held.state is State.HELD and held.expires is not None and held.expires > self._clock.now()

    def _shelves(self, skus: Iterable[Sku]) -> dict[Sku, Shelf]:
        known = [sku for sku in skus if _SKU.fullmatch(sku)]
        live = [held.quantities for held in self._orders.values() if self._is_live(held)]
        for sku in known:
            self._on_hand.setdefault(sku, domain.opening_level(sku))
        return {sku: Shelf(self._on_hand[sku], sum(each.get(sku, 0) for each in live)) for sku in known}
