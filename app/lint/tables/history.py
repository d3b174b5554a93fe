"""The tables that a module's migrations leave behind, followed from the first to the last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set

import msgspec

from app.lint.tables.facts import Step, TableFacts

_SHADOWS = ("config", "content", "data", "docsize", "idx")
"""What FTS5 keeps its indexes in (its manual, section 9): `<table>_data` and so on."""
FRAMEWORK = "freestone_"
"""What the names of the host's own tables begin with (`app.data.tables`)."""
_DATABASES_OWN = ("sqlite_", "pg_")


class Table(msgspec.Struct, frozen=True):
    """A table as a history has left it; its columns where they are known, and where it was made."""

    file: str
    line: int
    columns: tuple[str, ...] | None
    virtual: bool


Tables = dict[str, Table]


def follow(history: Sequence[tuple[str, TableFacts]], strangers: list[tuple[str, Step]] | None = None) -> Tables:
    """Return the tables after the last of the files, which are given as (file, what it says).

    ``strangers`` is given the steps, with their files, whose table is not there at that point.
    """
    tables: Tables = {}
    for file, facts in history:
        before, held = dict(tables), {step.table for step in facts.steps if step.deed == "holds"}
        for step in facts.steps:
            if not step.back:
                if strangers is not None and not _may(step, tables, held):
                    strangers.append((file, step))
                _apply(tables, file, step)
        if strangers is not None:
            here = {**before, **tables}
            strangers += [(file, step) for step in facts.steps if step.back and not _may(step, here, held)]
    return tables


def is_within(name: str, tables: Mapping[str, Table], held: Iterable[str] = ()) -> bool:
    """Say whether a name is one of the tables, one that belongs to them, or the database's own catalogue."""
    if name in tables or name in held or name.startswith(_DATABASES_OWN):
        return True
    owner, _, kind = name.rpartition("_")
    return kind in _SHADOWS and owner in tables and tables[owner].virtual


def _may(step: Step, tables: Tables, held: Set[str]) -> bool:
    if step.deed in ("makes", "holds"):
        return not step.table.startswith(FRAMEWORK)
    if step.deed in ("adds", "loses"):
        return True  # the operation that says so names the table as well
    return is_within(step.table, tables, held)


def _apply(tables: Tables, file: str, step: Step) -> None:
    known = tables.get(step.table)
    match step.deed:
        case "makes":
            tables[step.table] = Table(file, step.line, step.columns, step.virtual)
        case "drops":
            tables.pop(step.table, None)
        case "renames" if known is not None:
            tables[step.to] = tables.pop(step.table)
        case "adds" | "loses" if known is not None and known.columns is not None:
            columns = _changed(known.columns, step)
            tables[step.table] = msgspec.structs.replace(known, columns=columns)
        case _:
            pass


def _changed(columns: tuple[str, ...], step: Step) -> tuple[str, ...] | None:
    if step.columns is None:
        return None
    kept = tuple(each for each in columns if each not in step.columns)
    return (*kept, *step.columns) if step.deed == "adds" else kept
