"""What a file says of tables, in the order in which it says it."""

from __future__ import annotations

from typing import Literal

import msgspec

Deed = Literal["makes", "drops", "renames", "adds", "loses", "uses", "perhaps", "declares", "maps", "holds"]


class Step(msgspec.Struct, frozen=True, array_like=True):
    """One thing that is said of a table; names are as they are compared, in small letters.

    ``makes``, ``drops`` and ``renames`` change which tables there are, ``adds`` and ``loses`` their columns. ``uses``
    and ``perhaps`` (which may be no table at all) name one; ``declares`` describes one to SQLAlchemy; ``maps`` names a
    mapped class; ``holds`` is a temporary table. ``how`` says it in words, before "table …".
    """

    line: int
    deed: Deed
    table: str
    how: str
    to: str = ""
    columns: tuple[str, ...] | None = None
    virtual: bool = False
    back: bool = False
    """Whether it stands in `downgrade`, and so is no part of the way forward."""


class TableFacts(msgspec.Struct, frozen=True):
    """The steps of one file, and the classes in it that are mapped to tables."""

    steps: tuple[Step, ...]
    classes: tuple[str, ...]
