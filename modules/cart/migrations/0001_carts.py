"""Carts and their lines."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

number = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # only INTEGER PRIMARY KEY counts by itself there


def upgrade() -> None:
    op.create_table(
        "carts",
        sa.Column("number", number, primary_key=True),
        sa.Column("account_id", sa.String, unique=True),
        sa.Column("token_hash", sa.LargeBinary, unique=True),
        sa.Column("touched", sa.BigInteger, nullable=False),
    )
    guests = sa.column("token_hash", sa.LargeBinary).is_not(None)
    op.create_index("ix_carts_touched", "carts", ["touched"], sqlite_where=guests, postgresql_where=guests)
    op.create_table(
        "lines",
        sa.Column("number", number, primary_key=True),
        sa.Column("cart", number, sa.ForeignKey("carts.number", ondelete="CASCADE"), nullable=False),
        sa.Column("sku", sa.String, nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("detail", sa.String, nullable=False),
        sa.UniqueConstraint("cart", "sku"),
    )
