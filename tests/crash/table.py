"""How many of everything, and the table of what came of it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import NamedTuple

PROPERTY = "crash"
"""Under this name a row goes from the test that it tells of to the summary, also from another process."""


class Row(NamedTuple):
    """What was done how often, which fault befell it, and what came of it."""

    what: str
    fault: str
    times: int
    outcome: str


def is_full() -> bool:
    """Say whether everything is to be tried at full count, as `make crash` wants it."""
    return os.environ.get("FREESTONE_TEST_CRASH") == "full"


def count(*, few: int, all_: int) -> int:
    """Return how many of something there shall be: a few in every run of the tests, all in `make crash`."""
    return all_ if is_full() else few


def lines(rows: Iterable[Row]) -> list[str]:
    """Return the table as lines of text."""
    cells = [("what", "count", "fault", "outcome"), *((r.what, f"{r.times:,}", r.fault, r.outcome) for r in rows)]
    wide = [max(len(row[column]) for row in cells) for column in range(4)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, wide, strict=True)).rstrip() for row in cells]
