"""The framework's own tables in every module's database, and the steps that made them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, LargeBinary, MetaData, Table, Text

metadata = MetaData()

_Sequence = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER PRIMARY KEY counts by itself there

meta = Table(
    "freestone_meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""What the database says of itself: ``tables``, the version of these; ``revision`` and ``oldest`` of the module's."""

outbox = Table(
    "freestone_outbox",
    metadata,
    Column("sequence", _Sequence, primary_key=True),
    Column("code", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("published", BigInteger, nullable=False),
    Index("freestone_outbox_published", "published"),
    sqlite_autoincrement=True,
)
"""Events in the order of their commits. AUTOINCREMENT: a number is never given twice."""

keys = Table(
    "freestone_keys",
    metadata,
    Column("actor", Text, primary_key=True),
    Column("operation", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("subject", Text),
    Column("code", Text),
    Column("answer", LargeBinary),
    Column("stored", BigInteger, nullable=False),
    Index("freestone_keys_stored", "stored"),
    sqlite_with_rowid=False,
)
"""Idempotency keys: of an `atomic` command ``answer`` (an error's fields if there is a ``code``), of a
`process` command ``subject``."""

cursors = Table(
    "freestone_cursors",
    metadata,
    Column("publisher", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
)
"""How far this module has read each publisher's outbox."""

parked = Table(
    "freestone_parked",
    metadata,
    Column("publisher", Text, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("code", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("published", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Column("parked", BigInteger, nullable=False),
    Index("freestone_parked_key", "publisher", "key"),
)
"""Events that could not be handled; ``tries`` is 0 for those that only wait behind another of their key."""

STEPS: tuple[Callable[[Connection], None], ...] = (metadata.create_all,)
"""What brings these tables from each version to the next; a step is never changed once it was released."""


def microseconds(instant: datetime) -> int:
    """Return an instant as the tables store it: microseconds since 1970, UTC."""
    since = instant - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def instant(value: int) -> datetime:
    """Return the instant that `microseconds` stored."""
    return datetime.fromtimestamp(value // 1_000_000, UTC).replace(microsecond=value % 1_000_000)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
