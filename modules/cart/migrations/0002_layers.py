"""Since when a line holds how many of its SKU."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
oldest = "0001"


def upgrade() -> None:
    op.add_column("lines", sa.Column("layers", sa.String))
