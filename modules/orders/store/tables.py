"""The orders' tables. Instants are microseconds since 1970, UTC; amounts are minor units."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, MetaData, Named, Table, TypedColumns, and_

metadata = MetaData()

_Number = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER PRIMARY KEY counts by itself there


class _Orders(TypedColumns):
    """``address``, ``lines``, ``vat`` and ``problems`` are JSON: they are never looked into here.

    ``step`` is what the order waits for, ``next_try`` when somebody is to see to it, None where staff is to, ``tries``
    how often that failed, ``refusals`` how many refunds were refused for good, ``unanswered`` what `Answer` is owed to
    what it asked for. ``payment_token`` is kept only until the payment is authorised or given up.
    """

    id: Named[str] = Column(primary_key=True)
    account_id: Named[str]
    placed: Named[int] = Column(BigInteger)
    state: Named[str]
    address: Named[str]
    lines: Named[str]
    count: Named[int]
    currency: Named[str]
    delivery: Named[int] = Column(BigInteger)
    vat: Named[str]
    total: Named[int] = Column(BigInteger)
    reason: Named[str | None]
    problems: Named[str | None]
    payment_token: Named[str | None]
    step: Named[str | None]
    next_try: Named[int | None] = Column(BigInteger)
    tries: Named[int]
    unanswered: Named[int] = Column(server_default="0")
    refusals: Named[int] = Column(server_default="0")


class _Timeline(TypedColumns):
    number: Named[int] = Column(_Number, primary_key=True)
    order_id: Named[str] = Column(ForeignKey("orders.id"))
    at: Named[int] = Column(BigInteger)
    what: Named[str]


orders = Table("orders", metadata, _Orders)
timeline = Table("timeline", metadata, _Timeline)

under_way = orders.c.step.is_not(None)
"""Which orders go on; the same expression in every query, so that the index serves it."""
waits_for_staff = and_(under_way, orders.c.next_try.is_(None))
"""Which of these do so only once staff has seen to it."""

Index("ix_orders_account", orders.c.account_id, orders.c.placed, orders.c.id)
Index("ix_orders_next_try", orders.c.next_try, sqlite_where=under_way, postgresql_where=under_way)
Index("ix_timeline_order", timeline.c.order_id, timeline.c.number)


def microseconds(instant: datetime) -> int:
    """Return an instant as the tables hold it."""
    return round(instant.timestamp() * 1_000_000)


def instant(value: int) -> datetime:
    """Return the instant that the tables hold as ``value``."""
    return datetime.fromtimestamp(value / 1_000_000, UTC)
