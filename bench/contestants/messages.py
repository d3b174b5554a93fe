"""What the bench and its contestants say to each other."""

from __future__ import annotations

import msgspec


class Ready(msgspec.Struct, tag=True):
    """It can begin."""

    address: str = ""


class Refused(msgspec.Struct, tag=True):
    """It does not take part."""

    reason: str


class Load(msgspec.Struct):
    """Ask for ``product`` or ``page`` over and over, from some callers at once."""

    operation: str
    callers: int
    seconds: float


class Taken(msgspec.Struct):
    """How many answers there were in how many seconds, what CPU they took, and the middle one's microseconds.

    ``p50`` is known for a single caller only.
    """

    count: int
    seconds: float
    cpu: float
    p50: float
