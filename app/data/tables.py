"""The framework's own tables in every module's database."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text

metadata = MetaData()

_Sequence = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER PRIMARY KEY counts by itself there

meta = Table(
    "freestone_meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""What the database says of itself: ``tables``, the version of these; ``revision`` and ``oldest`` of the module's;
``copy``, whether it takes writes; ``source``, the `Place.address` of the copy that it was made from."""

COPY, SOURCE, OLDEST = "copy", "source", "oldest"

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
    Column("due", BigInteger),
    Index("freestone_parked_key", "publisher", "key", "sequence"),
    Index("freestone_parked_due", "publisher", "due"),
)
"""Events that could not be handled, and those of their keys behind them, since ``parked``.

``due`` is when the next try is, for the first of its key only; without it the first is parked for good.
"""

leases = Table(
    "freestone_leases",
    metadata,
    Column("publisher", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
)
"""Who applies each publisher's events; ``token`` grows with every holder, the others' effects are refused."""

readers = Table(
    "freestone_readers",
    metadata,
    Column("name", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("codes", Text, nullable=False),
    Column("seen", BigInteger, nullable=False),
)
"""Who reads this module's outbox: up to where, which codes (separated by spaces), and when last."""

purged = Table(
    "freestone_purged",
    metadata,
    Column("code", Text, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
)
"""The last event of each code that this module's outbox no longer has."""


def microseconds(instant: datetime) -> int:
    """Return an instant as the tables store it: microseconds since 1970, UTC."""
    since = instant - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def instant(value: int) -> datetime:
    """Return the instant that `microseconds` stored."""
    return datetime.fromtimestamp(value // 1_000_000, UTC).replace(microsecond=value % 1_000_000)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
