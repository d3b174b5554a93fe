"""An index by which to find what moved for an order."""

from alembic import op

revision = "0002"
down_revision = "0001"
oldest = "0001"


def upgrade() -> None:
    op.create_index("ix_movements_order", "movements", ["order_id"])
