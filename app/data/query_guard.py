"""Telling which tables a module touches, for tests; in production nobody listens, and nothing is asked.

SQLite says it while it compiles a statement ("Compile-Time Authorization Callbacks"): every table that is read or
written, those behind a view or a trigger too. On PostgreSQL a role for each module refuses what this only tells.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

Authorizer = Callable[[int, str | None, str | None, str | None, str | None], int]
Listener = Callable[[str, str], None]
"""Is told (module, table); may be called from any thread, and often with the same."""

_TOUCHES = frozenset(
    {
        sqlite3.SQLITE_ALTER_TABLE,
        sqlite3.SQLITE_CREATE_TABLE,
        sqlite3.SQLITE_CREATE_VTABLE,
        sqlite3.SQLITE_DELETE,
        sqlite3.SQLITE_DROP_TABLE,
        sqlite3.SQLITE_DROP_VTABLE,
        sqlite3.SQLITE_INSERT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_UPDATE,
    }
)

_listener: Listener | None = None


def listen(listener: Listener | None) -> Listener | None:
    """Have every connection that is opened from now on tell this listener; return the one before it."""
    global _listener
    before, _listener = _listener, listener
    return before


def watching(module: str, permit: Authorizer) -> Authorizer:
    """Return what decides as ``permit`` does, and tells the listener, if there is one, what ``module`` touches."""
    listener = _listener
    if listener is None:
        return permit

    def watch(action: int, what: str | None, column: str | None, database: str | None, inner: str | None) -> int:
        if action in _TOUCHES and what is not None and database != "temp":
            # For ALTER TABLE the table comes second, behind the database's name.
            listener(module, column if action == sqlite3.SQLITE_ALTER_TABLE and column is not None else what)
        return permit(action, what, column, database, inner)

    return watch
