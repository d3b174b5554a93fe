"""What was heard, in the order in which it was."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "heard",
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
    )
