"""The tables as a history leaves them, and since which of its revisions each thing in them is there."""

from __future__ import annotations

import msgspec

from app.lint.rolling.changes import Change, ColumnFacts


class Column(msgspec.Struct):
    """A column as it is now; ``since`` is the place in the history of the revision that made it."""

    since: int
    facts: ColumnFacts


class Table(msgspec.Struct):
    """A table as it is now; ``whole`` where all its columns are known."""

    since: int
    columns: dict[str, Column]
    whole: bool
    names: set[str]
    """Its constraints and indexes, as far as they have names."""


class Standing:
    """What is there after the changes that were applied; ``indexes`` are all, and whether each is unique."""

    def __init__(self) -> None:
        self.tables: dict[str, Table] = {}
        self.indexes: dict[str, tuple[str, bool]] = {}

    def since(self, table: str, column: str = "") -> int:
        """Return the place of the revision that made a column, or a table; the table's if the column is unknown."""
        found = self.tables[table]
        return found.columns[column].since if column in found.columns else found.since

    def column(self, table: str, name: str) -> ColumnFacts:
        """Return what is known of a column."""
        found = self.tables[table].columns.get(name)
        return ColumnFacts(name) if found is None else found.facts

    def has(self, name: str) -> bool:
        """Say whether there is a table, `table.column` or `table.constraint` of this name."""
        owner, _, part = name.partition(".")
        table = self.tables.get(owner)
        if table is None or not part:
            return table is not None
        # PostgreSQL names what has no name: `orders_pkey`, `orders_email_key`, `lines_order_id_fkey`.
        by_default = part.startswith(f"{owner}_") and part.endswith(("_pkey", "_key", "_fkey", "_check", "_excl"))
        return not table.whole or part in table.columns or part in table.names or by_default

    def apply(self, change: Change, place: int) -> None:
        """Follow one change of the revision at a place of the history."""
        match change.deed:
            case "makes":
                columns = {each.name: Column(place, each) for each in change.made}
                self.tables[change.table] = Table(place, columns, bool(columns), {*change.names})
            case "drops":
                self.tables.pop(change.table, None)
            case "unindexes":
                self.indexes.pop(change.name, None)
        table = self.tables.get(change.table)
        if table is None:
            return
        if change.name and change.deed in ("unites", "checks", "refers", "constrains", "indexes"):
            table.names.add(change.name)
        match change.deed:
            case "makes" | "adds":
                self._add(change, table, place)
            case "renames":
                self.tables[change.name] = msgspec.structs.replace(self.tables.pop(change.table), since=place)
            case "loses" | "moves":
                for column in change.columns:
                    lost = table.columns.pop(column, None)
                    if change.deed == "moves" and lost is not None:
                        table.columns[change.name] = Column(place, lost.facts)
            case "unites" | "indexes":
                self.indexes[change.name] = (change.table, change.deed == "unites")
            case "unbinds":
                table.names.discard(change.name)
            case "requires" | "frees" | "defaults" | "undefaults" | "retypes":
                for name in change.columns:
                    if name in table.columns:
                        table.columns[name].facts = _altered(table.columns[name].facts, change)

    def _add(self, change: Change, table: Table, place: int) -> None:
        for each in change.made:
            if change.deed == "adds":
                table.columns[each.name] = Column(place, each)
            if each.index:
                name = f"ix_{change.table}_{each.name}"  # as SQLAlchemy calls it
                self.indexes[name] = (change.table, each.unique)
                table.names.add(name)


def _altered(facts: ColumnFacts, change: Change) -> ColumnFacts:
    match change.deed:
        case "requires" | "frees":
            return msgspec.structs.replace(facts, required=change.deed == "requires")
        case "defaults" | "undefaults":
            return msgspec.structs.replace(facts, default=change.deed == "defaults")
        case _:
            return msgspec.structs.replace(facts, type=change.type)
