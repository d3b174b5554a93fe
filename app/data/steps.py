"""The steps that made the framework's own tables what they are."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, inspect

from app.data import copies
from app.data.tables import leases, metadata, parked, purged, readers


def _shared_subscriptions(connection: Connection) -> None:
    """Add leases, and the time of an event's next try, to a database from before there were any."""
    leases.create(connection, checkfirst=True)
    if "due" not in {column["name"] for column in inspect(connection).get_columns(parked.name)}:
        connection.exec_driver_sql("ALTER TABLE freestone_parked ADD COLUMN due BIGINT")
        connection.exec_driver_sql("DROP INDEX freestone_parked_key")
        for index in parked.indexes:
            index.create(connection)


def _known_readers(connection: Connection) -> None:
    """Add what a publisher knows of its readers to a database from before it did."""
    readers.create(connection, checkfirst=True)
    purged.create(connection, checkfirst=True)


STEPS: tuple[Callable[[Connection], None], ...] = (
    metadata.create_all,
    _shared_subscriptions,
    _known_readers,
    copies.make,
)
"""What brings these tables from each version to the next; a step is never changed once it was released.

The first makes those of the newest version where there are none, so that each later one looks whether it is needed.
"""
