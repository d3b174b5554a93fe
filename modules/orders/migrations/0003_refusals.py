"""How many of an order's refunds were refused for good."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
oldest = "0001"


def upgrade() -> None:
    op.add_column("orders", sa.Column("refusals", sa.Integer, nullable=False, server_default="0"))
