"""Whether what an order's step asked for was left without an answer."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
oldest = "0001"


def upgrade() -> None:
    op.add_column("orders", sa.Column("unanswered", sa.Integer, nullable=False, server_default="0"))
