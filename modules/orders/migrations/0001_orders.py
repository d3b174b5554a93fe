"""Orders and their timeline."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

number = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # only INTEGER PRIMARY KEY counts by itself there


def upgrade() -> None:
    op.create_table(
        "orders",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("account_id", sa.String, nullable=False),
        sa.Column("placed", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("address", sa.String, nullable=False),
        sa.Column("lines", sa.String, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("currency", sa.String, nullable=False),
        sa.Column("delivery", sa.BigInteger, nullable=False),
        sa.Column("vat", sa.String, nullable=False),
        sa.Column("total", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.String),
        sa.Column("problems", sa.String),
        sa.Column("payment_token", sa.String),
        sa.Column("step", sa.String),
        sa.Column("next_try", sa.BigInteger),
        sa.Column("tries", sa.Integer, nullable=False),
    )
    op.create_index("ix_orders_account", "orders", ["account_id", "placed", "id"])
    under_way = sa.column("step", sa.String).is_not(None)
    op.create_index("ix_orders_next_try", "orders", ["next_try"], sqlite_where=under_way, postgresql_where=under_way)
    op.create_table(
        "timeline",
        sa.Column("number", number, primary_key=True),
        sa.Column("order_id", sa.String, sa.ForeignKey("orders.id"), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("what", sa.String, nullable=False),
    )
    op.create_index("ix_timeline_order", "timeline", ["order_id", "number"])
