"""Which orders hold stock, or held some."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Select, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.inventory import Reservation
from contracts.values import Line, OrderId, Sku
from modules.inventory.domain import Quantities, State
from modules.inventory.store.tables import held, instant, microseconds, reservation_lines, reservations

_one = (
    select(reservations.c.state, reservations.c.expires)
    .where(reservations.c.order_id == bindparam("order_id"))
    .with_for_update()
)
_lines = (
    select(reservation_lines.c.sku, reservation_lines.c.quantity)
    .where(reservation_lines.c.order_id == bindparam("order_id"))
    .order_by(reservation_lines.c.sku)
)
_expired = select(reservations.c.order_id).where(held, reservations.c.expires <= bindparam("now"))
_first_expired = _expired.order_by(reservations.c.expires).limit(bindparam("limit"))
_expired_of = _expired.where(
    select(reservation_lines.c.sku)
    .where(
        reservation_lines.c.order_id == reservations.c.order_id,
        reservation_lines.c.sku.in_(bindparam("skus", expanding=True)),
    )
    .exists()
)
_set_state = (
    update(reservations)
    .where(reservations.c.order_id == bindparam("its_order"))
    .values(state=bindparam("new_state"), expires=bindparam("new_expires"))
)
_drop_lines = delete(reservation_lines).where(reservation_lines.c.order_id == bindparam("its_order"))


class Held(msgspec.Struct, frozen=True):
    """An order's reservation as it was found; ``expires`` is None where it never held anything."""

    state: State
    expires: datetime | None
    quantities: Quantities

    def is_live(self, now: datetime) -> bool:
        """Say whether it holds stock at this instant."""
        return self.state is State.HELD and self.expires is not None and self.expires > now

    def as_message(self, order_id: OrderId) -> Reservation:
        """Return it as its order sees it; only where it held something."""
        assert self.expires is not None
        lines = tuple(Line(sku=sku, quantity=quantity) for sku, quantity in self.quantities.items())
        return Reservation(order_id=order_id, lines=lines, expires=self.expires)


async def find(session: AsyncSession, order_id: OrderId) -> Held | None:
    """Return an order's reservation, None where it has never been heard of."""
    row = (await session.execute(_one, {"order_id": order_id})).one_or_none()
    if row is None:
        return None
    state, expires = row
    lines = await session.execute(_lines, {"order_id": order_id})
    quantities = {Sku(sku): quantity for sku, quantity in lines}
    return Held(State(state), None if expires is None else instant(expires), quantities)


async def expired(
    session: AsyncSession, now: datetime, *, skus: Collection[Sku] | None = None, limit: int = 100
) -> list[OrderId]:
    """Return orders whose reservations have expired and still count as reserved.

    With ``skus`` all that hold some of these, otherwise the first ``limit`` to have expired.
    """
    statement: Select[str] = _first_expired if skus is None else _expired_of
    values: dict[str, Any] = {"limit": limit} if skus is None else {"skus": list(skus)}
    found = await session.scalars(statement, {"now": microseconds(now), **values})
    return [OrderId(order_id) for order_id in found]


async def hold(
    session: AsyncSession, order_id: OrderId, quantities: Quantities, expires: datetime, *, new: bool
) -> None:
    """Write down what an order holds, in place of what it held before unless it is ``new``."""
    if new:
        await add(session, order_id, State.HELD, expires)
    else:
        await set_state(session, order_id, State.HELD, expires)
        await session.execute(_drop_lines, {"its_order": order_id})
    await session.execute(
        insert(reservation_lines),
        [{"order_id": order_id, "sku": sku, "quantity": quantity} for sku, quantity in quantities.items()],
    )


async def add(session: AsyncSession, order_id: OrderId, state: State, expires: datetime | None) -> None:
    """Write down an order that has not been heard of."""
    row = {"order_id": order_id, "state": state, "expires": None if expires is None else microseconds(expires)}
    await session.execute(insert(reservations), row)


async def set_state(session: AsyncSession, order_id: OrderId, state: State, expires: datetime | None) -> None:
    """Note how an order's reservation goes on."""
    row = {"its_order": order_id, "new_state": state, "new_expires": None if expires is None else microseconds(expires)}
    await session.execute(_set_state, row)
