"""What one migration changes, and what it announces, in the order in which its file says it."""

from __future__ import annotations

from typing import Literal

import msgspec

Deed = Literal[
    "makes",
    "drops",
    "renames",
    "adds",
    "loses",
    "moves",
    "requires",
    "frees",
    "defaults",
    "undefaults",
    "retypes",
    "unites",
    "checks",
    "refers",
    "constrains",
    "indexes",
    "unindexes",
    "unbinds",
    "rewrites",
    "unread",
]


class ColumnFacts(msgspec.Struct, frozen=True, array_like=True):
    """A column as it is made; ``type`` as it is written, without its package."""

    name: str
    type: str = ""
    required: bool = False
    default: bool = False
    unique: bool = False
    index: bool = False


class Change(msgspec.Struct, frozen=True, array_like=True):
    """One change of the tables; names are as they are compared, in small letters.

    ``makes``, ``drops`` and ``renames`` (to ``name``) are about a table; ``adds``, ``loses`` and ``moves`` (to
    ``name``), ``requires`` (NOT NULL) and ``frees``, ``defaults`` and ``undefaults``, and ``retypes`` (to ``type``)
    about ``columns``. ``unites`` (UNIQUE), ``checks`` (``columns``: all words of the condition), ``refers`` (FOREIGN
    KEY) and ``constrains`` bring a constraint ``name``; ``unbinds`` takes one away; ``indexes`` and ``unindexes`` are
    about an index. ``rewrites`` changes rows: in ``columns``, or wholly. Of ``unread`` nobody can say what it does:
    ``name`` says it in words.
    """

    line: int
    deed: Deed
    table: str = ""
    columns: tuple[str, ...] = ()
    name: str = ""
    made: tuple[ColumnFacts, ...] = ()
    names: tuple[str, ...] = ()
    """The constraints that a new table is made with."""
    type: str = ""
    was: str = ""


class Announcement(msgspec.Struct, frozen=True, array_like=True):
    """What the code does from a revision on, of a ``name``: a table, `table.column` or `table.constraint`.

    ``leaving``: it uses that no more. Otherwise it already keeps to what a later revision will demand of it.
    """

    line: int
    name: str
    leaving: bool


class ChangeFacts(msgspec.Struct, frozen=True):
    """What one file of a history says; ``released`` only that of the package, a tuple of one where it is said."""

    changes: tuple[Change, ...] = ()
    announced: tuple[Announcement, ...] = ()
    released: tuple[str | None] | None = None
    line: int = 0
    """Where the file says what is the oldest code that can live with it, or else its own revision."""
