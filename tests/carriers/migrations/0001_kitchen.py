"""What is stored and cooked."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "stored",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("run", sa.String, nullable=False),
        sa.Column("amount", sa.Integer, nullable=False),
    )
    op.create_table(
        "dishes",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("run", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
    )
