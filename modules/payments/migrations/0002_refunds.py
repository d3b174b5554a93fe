"""Refunds, the provider's call-backs, and what the sandbox keeps for both."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
oldest = "0001"


def upgrade() -> None:
    op.add_column("payments", sa.Column("refunded", sa.BigInteger, nullable=False, server_default="0"))
    op.create_table(
        "refunds",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("order_id", sa.String, nullable=False),
        sa.Column("payment_id", sa.String, nullable=False),
        sa.Column("reference", sa.String, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("next_look", sa.BigInteger),
        sa.UniqueConstraint("order_id", "reference"),
        sa.CheckConstraint("amount > 0", name="positive_refund"),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("payment_id", sa.String, nullable=False),
        sa.Column("refund_id", sa.String),
        sa.Column("received", sa.BigInteger, nullable=False),
        sa.Column("next_look", sa.BigInteger),
    )
    is_open = sa.column("next_look", sa.BigInteger).is_not(None)
    op.create_index("ix_refunds_next_look", "refunds", ["next_look"], sqlite_where=is_open, postgresql_where=is_open)
    op.create_index("ix_notices_next_look", "notices", ["next_look"], sqlite_where=is_open, postgresql_where=is_open)
    op.create_index("ix_notices_received", "notices", ["received"])
    op.add_column("sandbox_payments", sa.Column("token", sa.String))
    op.create_table(
        "sandbox_refunds",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("payment", sa.String, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("ready", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_sandbox_refunds_payment", "sandbox_refunds", ["payment"])
    op.create_table(
        "sandbox_notices",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("payment_id", sa.String, nullable=False),
        sa.Column("refund_id", sa.String),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
    )
    op.create_index("ix_sandbox_notices_due", "sandbox_notices", ["due"])
