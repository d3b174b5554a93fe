"""Payments, the ledger, and the sandbox's own book."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "payments",
        sa.Column("order_id", sa.String, primary_key=True),
        sa.Column("id", sa.String, nullable=False, unique=True),
        sa.Column("amount", sa.BigInteger),
        sa.Column("currency", sa.String),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("reason", sa.String),
        sa.Column("doing", sa.String),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("next_look", sa.BigInteger),
        sa.CheckConstraint("amount > 0", name="positive"),
    )
    open_question = sa.column("doing", sa.String).is_not(None)
    op.create_index(
        "ix_payments_next_look", "payments", ["next_look"], sqlite_where=open_question, postgresql_where=open_question
    )
    op.create_table(
        "entries",
        sa.Column("transfer", sa.String, nullable=False),
        sa.Column("account", sa.String, nullable=False),
        sa.Column("debit", sa.BigInteger, nullable=False),
        sa.Column("credit", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("transfer", "account"),
        sa.CheckConstraint("(debit > 0 AND credit = 0) OR (debit = 0 AND credit > 0)", name="one_side"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_entries_account", "entries", ["account", "currency"])
    op.create_table(
        "sandbox_payments",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String),
        sa.Column("standing", sa.String, nullable=False),
        sa.Column("reason", sa.String),
        sa.Column("ready", sa.BigInteger, nullable=False),
    )
