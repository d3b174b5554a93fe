"""What time it is for all who share a subscriber's database."""

from __future__ import annotations

from collections.abc import Callable

Clock = Callable[[], int]
"""Microseconds since 1970, UTC: the same for every process that works on one database; see `ModuleDatabase.clock`."""
