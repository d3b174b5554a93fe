"""The stock in memory, to run and test others without it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import final

import msgspec

from contracts.inventory import (
    AlreadyCommitted,
    AlreadyReleased,
    Availability,
    Count,
    Inventory,
    OutOfStock,
    Reservation,
    ReservationBook,
    ReservationBookPage,
    ReservationNotFound,
    ReservationState,
    StockBook,
    StockBookPage,
    TooManyReturned,
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
        self._came_back: dict[OrderId, Counter[Sku]] = {}

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

    async def take_back(self, order_id: OrderId) -> None:
        for sku, quantity in self._still_out(order_id).items():
            await self.restock(sku, quantity, order_id)

    async def restock(self, sku: Sku, quantity: int, order_id: OrderId | None = None) -> Availability:
        if sku not in self._shelves([sku]):
            raise UnknownSku(sku=sku)
        if order_id is not None:
            still_out = self._still_out(order_id).get(sku, 0)
            if quantity > still_out:
                raise TooManyReturned(order_id=order_id, sku=sku, still_out=still_out)
            self._came_back.setdefault(order_id, Counter())[sku] += quantity
        self._on_hand[sku] += quantity
        return Availability(sku=sku, available=self._shelves([sku])[sku].available)

    async def list_stock(self, cursor: str | None, limit: int = 100) -> StockBookPage:
        skus = sorted(sku for sku in self._on_hand if sku > (cursor or ""))[:limit]
        shelves, left = self._shelves(skus), self._left()
        came_back = sum(self._came_back.values(), Counter[Sku]())
        found = tuple(
            StockBook(
                sku=sku,
                on_hand=shelves[sku].on_hand,
                reserved=shelves[sku].reserved,
                received=shelves[sku].on_hand + left[sku] - came_back[sku],
                left=left[sku],
                came_back=came_back[sku],
                held=shelves[sku].reserved,
            )
            for sku in skus
        )
        return StockBookPage(stock=found, next_cursor=found[-1].sku if len(found) == limit else None)

    async def list_reservations(self, cursor: str | None, limit: int = 100) -> ReservationBookPage:
        order_ids = sorted(order_id for order_id in self._orders if order_id > (cursor or ""))[:limit]
        found = await self.get_reservations(tuple(order_ids))
        next_cursor = found[-1].order_id if len(found) == limit else None
        return ReservationBookPage(reservations=found, next_cursor=next_cursor)

    async def get_reservations(self, order_ids: tuple[OrderId, ...]) -> tuple[ReservationBook, ...]:
        return tuple(
            ReservationBook(
                order_id=order_id,
                state=ReservationState(self._state(held)),
                lines=_counts(held.quantities),
                left=_counts(held.quantities) if held.state is State.COMMITTED else (),
                came_back=_counts(self._came_back.get(order_id, {})),
            )
            for order_id in order_ids
            if (held := self._orders.get(order_id)) is not None
        )

    def _still_out(self, order_id: OrderId) -> Counter[Sku]:
        """Return what has left for an order and not come back: those of which there are any."""
        held = self._orders.get(order_id)
        left = held.quantities if held is not None and held.state is State.COMMITTED else {}
        return Counter(left) - self._came_back.get(order_id, Counter())

    def _left(self) -> Counter[Sku]:
        left = Counter[Sku]()
        for held in self._orders.values():
            if held.state is State.COMMITTED:
                left.update(held.quantities)
        return left

    def _state(self, held: _Held) -> State:
        return State.EXPIRED if held.state is State.HELD and not self._is_live(held) else held.state

    def _is_live(self, held: _Held) -> bool:
        return held.state is State.HELD and held.expires is not None and held.expires > self._clock.now()

    def _shelves(self, skus: Iterable[Sku]) -> dict[Sku, Shelf]:
        known = [sku for sku in skus if _SKU.fullmatch(sku)]
        live = [held.quantities for held in self._orders.values() if self._is_live(held)]
        for sku in known:
            self._on_hand.setdefault(sku, domain.opening_level(sku))
        return {sku: Shelf(self._on_hand[sku], sum(each.get(sku, 0) for each in live)) for sku in known}


def _counts(quantities: Mapping[Sku, int]) -> tuple[Count, ...]:
    return tuple(Count(sku=sku, quantity=quantity) for sku, quantity in sorted(quantities.items()))
