"""What time it is for all who share a subscriber's database."""

from __future__ import annotations

import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Microseconds since 1970, UTC: the same for every process that works on one database."""


def shared_clock() -> int:
    """Return the machine's time, since who shares a SQLite file shares the machine; a server has its own."""
    return time.time_ns() // 1000
