"""Why a refund will never be done, with the payments and in the sandbox's own book."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
oldest = "0001"


def upgrade() -> None:
    op.add_column("refunds", sa.Column("refused", sa.String))
    op.add_column("sandbox_refunds", sa.Column("refused", sa.String))
