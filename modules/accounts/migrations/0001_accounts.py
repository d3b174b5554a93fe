"""Accounts, sessions, address books, and what throttles attempts."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

number = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # only INTEGER PRIMARY KEY counts by itself there


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("email", sa.String, nullable=False),
        sa.Column("email_key", sa.String, nullable=False, unique=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("roles", sa.String, nullable=False),
        sa.Column("password_hash", sa.String, nullable=False),
        sa.Column("password_version", sa.Integer, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.LargeBinary, primary_key=True),
        sa.Column("account_id", sa.String, sa.ForeignKey("accounts.id"), nullable=False, index=True),
        sa.Column("ends", sa.BigInteger, nullable=False, index=True),
        sa.Column("expires", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "addresses",
        sa.Column("number", number, primary_key=True),
        sa.Column("id", sa.String, nullable=False, unique=True),
        sa.Column("account_id", sa.String, sa.ForeignKey("accounts.id"), nullable=False, index=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("street", sa.String, nullable=False),
        sa.Column("postal_code", sa.String, nullable=False),
        sa.Column("city", sa.String, nullable=False),
        sa.Column("country", sa.String, nullable=False),
    )
    op.create_table(
        "buckets",
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("empty_at", sa.BigInteger, nullable=False, index=True),
    )
    op.create_table(
        "failures",
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("streak", sa.Integer, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False, index=True),
    )
    op.create_table(
        "known_sources",
        sa.Column("account_id", sa.String, sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("source_hash", sa.LargeBinary, nullable=False),
        sa.Column("seen", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "source_hash"),
    )
    op.create_index("ix_known_sources_seen", "known_sources", ["seen"])
