"""Stock, reservations with their lines, and the movements by which both can be audited."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

number = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # only INTEGER PRIMARY KEY counts by itself there


def upgrade() -> None:
    op.create_table(
        "stock",
        sa.Column("sku", sa.String, primary_key=True),
        sa.Column("on_hand", sa.BigInteger, nullable=False),
        sa.Column("reserved", sa.BigInteger, nullable=False),
        sa.CheckConstraint("reserved >= 0 AND on_hand >= reserved", name="covered"),
    )
    op.create_table(
        "reservations",
        sa.Column("order_id", sa.String, primary_key=True),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("expires", sa.BigInteger),
    )
    held = sa.column("state", sa.String) == "held"
    op.create_index("ix_reservations_held", "reservations", ["expires"], sqlite_where=held, postgresql_where=held)
    op.create_table(
        "reservation_lines",
        sa.Column("order_id", sa.String, sa.ForeignKey("reservations.order_id"), nullable=False),
        sa.Column("sku", sa.String, sa.ForeignKey("stock.sku"), nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("order_id", "sku"),
        sa.CheckConstraint("quantity > 0", name="positive"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "movements",
        sa.Column("number", number, primary_key=True),
        sa.Column("sku", sa.String, sa.ForeignKey("stock.sku"), nullable=False),
        sa.Column("movement", sa.String, nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("order_id", sa.String),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.CheckConstraint("quantity >= 0", name="not_negative"),
    )
    op.create_index("ix_movements_sku", "movements", ["sku", "movement"])
