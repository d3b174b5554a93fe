"""What the stock does."""

from __future__ import annotations

from datetime import timedelta
from typing import final

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.inventory import (
    AlreadyCommitted,
    AlreadyReleased,
    Availability,
    Inventory,
    OutOfStock,
    Reservation,
    ReservationBook,
    ReservationBookPage,
    ReservationNotFound,
    StockBookPage,
    TooManyReturned,
    UnknownSku,
)
from contracts.kit import Clock, Database
from contracts.values import Line, OrderId, Sku
from modules.inventory import domain
from modules.inventory.domain import Movement, State
from modules.inventory.settings import InventorySettings
from modules.inventory.stockroom import announce, expire, give_back, put_on_shelves
from modules.inventory.store import books, reservations, stock


@final
class InventoryService(Inventory):
    """The stock over its database; each operation is described by the contract."""

    def __init__(self, database: Database[AsyncSession], clock: Clock, settings: InventorySettings) -> None:
        self._database = database
        self._clock = clock
        self._lifetime = timedelta(minutes=settings.reservation_minutes)

    async def get_availability(self, skus: tuple[Sku, ...]) -> tuple[Availability, ...]:
        async with self._database.read() as session:
            found = await stock.available(session, skus, self._clock.now())
        return tuple(Availability(sku=sku, available=found.get(sku, 0)) for sku in skus)

    async def reserve(self, order_id: OrderId, lines: tuple[Line, ...]) -> Reservation:
        wanted = domain.add_up(lines)
        async with self._database.write() as work:
            now = self._clock.now()
            before = await reservations.find(work.session, order_id)
            if before is not None:
                if before.state is State.RELEASED:
                    raise AlreadyReleased(order_id=order_id)
                if before.state is State.COMMITTED or before.is_live(now):
                    return before.as_message(order_id)
            lapsed = await reservations.expired(work.session, now, skus=wanted)
            await expire(work, dict.fromkeys([order_id, *lapsed]), now)
            missing = domain.shortages(wanted, await stock.shelves(work.session, wanted))
            if missing:
                raise OutOfStock(shortages=missing)
            expires = now + self._lifetime
            await reservations.hold(work.session, order_id, wanted, expires, new=before is None)
            await stock.move(work.session, Movement.RESERVED, wanted, now, order_id)
            await announce(work, wanted)
            return reservations.Held(State.HELD, expires, wanted).as_message(order_id)

    async def commit(self, order_id: OrderId) -> None:
        async with self._database.write() as work:
            now = self._clock.now()
            held = await reservations.find(work.session, order_id)
            if held is not None and held.state is State.COMMITTED:
                return
            if held is None or not held.is_live(now):
                raise ReservationNotFound(order_id=order_id)
            await reservations.set_state(work.session, order_id, State.COMMITTED, held.expires)
            await stock.move(work.session, Movement.COMMITTED, held.quantities, now, order_id)

    async def release(self, order_id: OrderId) -> None:
        async with self._database.write() as work:
            held = await reservations.find(work.session, order_id)
            if held is None:
                await reservations.add(work.session, order_id, State.RELEASED, None)
            elif held.state is State.COMMITTED:
                raise AlreadyCommitted(order_id=order_id)
            elif held.state is State.EXPIRED:
                await reservations.set_state(work.session, order_id, State.RELEASED, held.expires)
            elif held.state is State.HELD:
                await give_back(work, order_id, held, self._clock.now(), Movement.RELEASED)

    async def take_back(self, order_id: OrderId) -> None:
        async with self._database.write() as work:
            still_out = await stock.still_out(work.session, order_id)
            if still_out:
                await put_on_shelves(work, Movement.RETURNED, still_out, self._clock.now(), order_id)

    async def restock(self, sku: Sku, quantity: int, order_id: OrderId | None = None) -> Availability:
        async with self._database.write() as work:
            now = self._clock.now()
            if sku not in await stock.shelves(work.session, [sku]):
                raise UnknownSku(sku=sku)
            if order_id is not None:
                still_out = (await stock.still_out(work.session, order_id)).get(sku, 0)
                if quantity > still_out:
                    raise TooManyReturned(order_id=order_id, sku=sku, still_out=still_out)
            movement = Movement.RESTOCKED if order_id is None else Movement.RETURNED
            await put_on_shelves(work, movement, {sku: quantity}, now, order_id)
            return Availability(sku=sku, available=(await stock.shelves(work.session, [sku]))[sku].available)

    async def list_stock(self, cursor: str | None, limit: int = 100) -> StockBookPage:
        async with self._database.read() as session:
            found = await books.stock_page(session, cursor or "", limit)
        return StockBookPage(stock=tuple(found), next_cursor=found[-1].sku if len(found) == limit else None)

    async def list_reservations(self, cursor: str | None, limit: int = 100) -> ReservationBookPage:
        async with self._database.read() as session:
            found = await books.reservation_page(session, cursor or "", limit)
        next_cursor = found[-1].order_id if len(found) == limit else None
        return ReservationBookPage(reservations=tuple(found), next_cursor=next_cursor)

    async def get_reservations(self, order_ids: tuple[OrderId, ...]) -> tuple[ReservationBook, ...]:
        async with self._database.read() as session:
            return tuple(await books.reservations_of(session, order_ids))
