"""SQLite's connections: how they are opened, and what they refuse."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

from app.data import query_guard

OLDEST = (3, 40)
"""The oldest SQLite that is tested."""
BUSY = 5.0
"""Seconds to wait for a lock that another process holds; who begins to write waits for as long as its caller does."""

# synchronous: the manual's default for WAL is as good, but a distribution may compile another
# (PRAGMA synchronous); FULL flushes the log at every commit, so that a power cut takes back no payment.
# recursive_triggers: as on PostgreSQL; without it a row that REPLACE removes is removed behind the triggers' backs.
_GUARDS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA recursive_triggers = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA synchronous = FULL",
)


# What may be said with a value: what only looks, and what the host itself says, which changes nothing once a
# transaction has begun ("PRAGMA foreign_keys"), and so nothing for a module.
_LOOKS = re.compile(
    "foreign_key_(?:check|list)|index_(?:info|list|xinfo)|(?:integrity|quick)_check|table_(?:x?info|list)"
)
_SAYS = frozenset({("foreign_keys", "on"), ("foreign_keys", "off"), ("journal_mode", "wal")})


class _Guarded(sqlite3.Connection):
    guards: tuple[str, ...] = _GUARDS

    def __init__(self, file: Path, *args: Any, timeout: float, **kwargs: Any) -> None:
        if file.is_symlink():
            raise sqlite3.OperationalError(f"{file} is a link, and may lead to another module's data")
        # To open it may take a lock, for which everybody waits: who was last to close it has it for a moment.
        opening = {**kwargs, "timeout": max(timeout, BUSY), "uri": True}
        super().__init__(f"{file.absolute().as_uri()}?mode=rw", *args, **opening)
        try:
            self.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
            for guard in (*self.guards, f"PRAGMA busy_timeout = {round(timeout * 1000)}"):
                self.execute(guard)
            # Asked while a statement is compiled, and not again as long as it is kept.
            self.set_authorizer(query_guard.watching(file.stem, _permit))
        except BaseException:
            self.close()
            raise


def _permit(action: int, what: str | None, value: str | None, _: str | None, __: str | None) -> int:
    """Deny what would change a connection for all who come after, or take it out of its file: see `connect`."""
    if action == sqlite3.SQLITE_PRAGMA and what is not None and value is not None:
        name = what.lower()
        if not _LOOKS.fullmatch(name) and (name, value.lower()) not in _SAYS:
            return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


class _ReadOnly(_Guarded):
    guards = (*_GUARDS, "PRAGMA query_only = ON")


class _Filling(_Guarded):
    guards = (*_GUARDS, "PRAGMA foreign_keys = OFF")


def connect(file: Path, *, read_only: bool = False, filling: bool = False, busy: float = BUSY) -> sqlite3.Connection:
    """Open a guarded connection that begins no transaction by itself, to a file that is there.

    It refuses ATTACH and so VACUUM INTO (the limit SQLITE_LIMIT_ATTACHED, "Run-Time Limit Categories"), a file that
    is a link, every PRAGMA that would set something (query_only, writable_schema, temp_store_directory), functions
    in a schema that are not innocuous, rows without their parents (unless ``filling``), and, if ``read_only``, every
    write.
    """
    factory = _ReadOnly if read_only else _Filling if filling else _Guarded
    return sqlite3.connect(
        file, timeout=busy, isolation_level=None, factory=factory, check_same_thread=False, cached_statements=512
    )
