"""The stock's tables. Instants are microseconds since 1970, UTC."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Named,
    PrimaryKeyConstraint,
    Table,
    TypedColumns,
)

metadata = MetaData()

_Number = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER PRIMARY KEY counts by itself there


class _Stock(TypedColumns):
    """What there is now: the sum of the movements."""

    sku: Named[str] = Column(primary_key=True)
    on_hand: Named[int] = Column(BigInteger)
    reserved: Named[int] = Column(BigInteger)


class _Reservations(TypedColumns):
    """One an order, kept for good. ``expires`` is None where an order gave up before it held stock."""

    order_id: Named[str] = Column(primary_key=True)
    state: Named[str]
    expires: Named[int | None] = Column(BigInteger)


class _ReservationLines(TypedColumns):
    order_id: Named[str] = Column(ForeignKey("reservations.order_id"))
    sku: Named[str] = Column(ForeignKey("stock.sku"))
    quantity: Named[int]


class _Movements(TypedColumns):
    """Every change of every stock; ``quantity`` is not negative, ``movement`` says which way it counts."""

    number: Named[int] = Column(_Number, primary_key=True)
    sku: Named[str] = Column(ForeignKey("stock.sku"))
    movement: Named[str]
    quantity: Named[int]
    order_id: Named[str | None]
    at: Named[int] = Column(BigInteger)


stock = Table("stock", metadata, _Stock, CheckConstraint("reserved >= 0 AND on_hand >= reserved", name="covered"))
reservations = Table("reservations", metadata, _Reservations)
reservation_lines = Table(
    "reservation_lines",
    metadata,
    _ReservationLines,
    PrimaryKeyConstraint("order_id", "sku"),
    CheckConstraint("quantity > 0", name="positive"),
    sqlite_with_rowid=False,
)
movements = Table("movements", metadata, _Movements, CheckConstraint("quantity >= 0", name="not_negative"))

held = reservations.c.state == "held"
"""Which reservations can expire; the same expression in every query, so that the index serves it."""

Index("ix_reservations_held", reservations.c.expires, sqlite_where=held, postgresql_where=held)
Index("ix_movements_sku", movements.c.sku, movements.c.movement)
Index("ix_movements_order", movements.c.order_id)


def microseconds(instant: datetime) -> int:
    """Return an instant as the tables hold it."""
    return round(instant.timestamp() * 1_000_000)


def instant(value: int) -> datetime:
    """Return the instant that the tables hold as ``value``."""
    return datetime.fromtimestamp(value / 1_000_000, UTC)
