"""The payments' tables. Instants are microseconds since 1970, UTC; amounts are minor units."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    MetaData,
    Named,
    PrimaryKeyConstraint,
    Table,
    TypedColumns,
    UniqueConstraint,
)

metadata = MetaData()


class _Payments(TypedColumns):
    """One an order. ``doing`` says what the provider was asked to do without the answer being known,
    ``next_look`` when to look for it. Without an amount it is a mark: this order is not to be paid."""

    order_id: Named[str] = Column(primary_key=True)
    id: Named[str] = Column(unique=True)
    amount: Named[int | None] = Column(BigInteger)
    currency: Named[str | None]
    state: Named[str]
    reason: Named[str | None]
    doing: Named[str | None]
    created: Named[int] = Column(BigInteger)
    next_look: Named[int | None] = Column(BigInteger)
    refunded: Named[int] = Column(BigInteger, server_default="0")


class _Refunds(TypedColumns):
    """Each with the key, its ``id``, under which the provider knows it; looked for until ``next_look`` is empty.

    ``refused`` is why it never will be done; its state stays what it was, as older hosts know no other."""

    id: Named[str] = Column(primary_key=True)
    order_id: Named[str]
    payment_id: Named[str]
    reference: Named[str]
    amount: Named[int] = Column(BigInteger)
    currency: Named[str]
    state: Named[str]
    created: Named[int] = Column(BigInteger)
    next_look: Named[int | None] = Column(BigInteger)
    refused: Named[str | None]


class _Notices(TypedColumns):
    """The provider's call-backs by its own ids; those with a ``next_look`` are still a reason to ask."""

    id: Named[str] = Column(primary_key=True)
    payment_id: Named[str]
    refund_id: Named[str | None]
    received: Named[int] = Column(BigInteger)
    next_look: Named[int | None] = Column(BigInteger)


class _Entries(TypedColumns):
    """The ledger. The primary key keeps a transfer from being written twice."""

    transfer: Named[str]
    account: Named[str]
    debit: Named[int] = Column(BigInteger)
    credit: Named[int] = Column(BigInteger)
    currency: Named[str]
    at: Named[int] = Column(BigInteger)


class _SandboxPayments(TypedColumns):
    """The sandbox's own book, as if it lay elsewhere; what is held counts from ``ready`` on."""

    key: Named[str] = Column(primary_key=True)
    amount: Named[int] = Column(BigInteger)
    currency: Named[str | None]
    standing: Named[str]
    reason: Named[str | None]
    ready: Named[int] = Column(BigInteger)
    token: Named[str | None]


class _SandboxRefunds(TypedColumns):
    """What the sandbox gave back, or ``refused`` to for that reason, from ``ready`` on."""

    key: Named[str] = Column(primary_key=True)
    payment: Named[str]
    amount: Named[int] = Column(BigInteger)
    ready: Named[int] = Column(BigInteger)
    refused: Named[str | None]


class _SandboxNotices(TypedColumns):
    """What the sandbox has still to call back for, and how many times over."""

    id: Named[str] = Column(primary_key=True)
    payment_id: Named[str]
    refund_id: Named[str | None]
    due: Named[int] = Column(BigInteger)
    times: Named[int]


payments = Table("payments", metadata, _Payments, CheckConstraint("amount > 0", name="positive"))
entries = Table(
    "entries",
    metadata,
    _Entries,
    PrimaryKeyConstraint("transfer", "account"),
    CheckConstraint("(debit > 0 AND credit = 0) OR (debit = 0 AND credit > 0)", name="one_side"),
    sqlite_with_rowid=False,
)
refunds = Table(
    "refunds",
    metadata,
    _Refunds,
    UniqueConstraint("order_id", "reference"),
    CheckConstraint("amount > 0", name="positive_refund"),
)
notices = Table("notices", metadata, _Notices)
sandbox_payments = Table("sandbox_payments", metadata, _SandboxPayments)
sandbox_refunds = Table("sandbox_refunds", metadata, _SandboxRefunds)
sandbox_notices = Table("sandbox_notices", metadata, _SandboxNotices)

open_question = payments.c.doing.is_not(None)
"""Which payments wait for an answer; the same expression in every query, so that the index serves it."""
open_refund = refunds.c.next_look.is_not(None)
open_notice = notices.c.next_look.is_not(None)

Index("ix_payments_next_look", payments.c.next_look, sqlite_where=open_question, postgresql_where=open_question)
Index("ix_refunds_next_look", refunds.c.next_look, sqlite_where=open_refund, postgresql_where=open_refund)
Index("ix_notices_next_look", notices.c.next_look, sqlite_where=open_notice, postgresql_where=open_notice)
Index("ix_notices_received", notices.c.received)
Index("ix_sandbox_refunds_payment", sandbox_refunds.c.payment)
Index("ix_sandbox_notices_due", sandbox_notices.c.due)
Index("ix_entries_account", entries.c.account, entries.c.currency)


def microseconds(instant: datetime) -> int:
    """Return an instant as the tables hold it."""
    return round(instant.timestamp() * 1_000_000)


def instant(value: int) -> datetime:
    """Return the instant that the tables hold as ``value``."""
    return datetime.fromtimestamp(value / 1_000_000, UTC)
