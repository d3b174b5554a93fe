"""What Alembic's operations do to which tables (its manual, "Operation Reference")."""

from __future__ import annotations

import ast

from app.lint.literals import argument
from app.lint.reader import Scopes
from app.lint.tables.columns import column_name, made_columns
from app.lint.tables.notes import TableNotes

_HARMLESS = frozenset({"f", "get_bind", "get_context", "inline_literal", "bulk_insert"})
"""Name no table themselves; that of `bulk_insert` is described beside it."""

# Operation: the places and keywords of the tables that it names.
_TABLES: dict[str, tuple[tuple[int, str], ...]] = {
    "add_column": ((0, "table_name"),),
    "alter_column": ((0, "table_name"),),
    "batch_alter_table": ((0, "table_name"),),
    "create_check_constraint": ((1, "table_name"),),
    "create_exclude_constraint": ((1, "table_name"),),
    "create_foreign_key": ((1, "source_table"), (2, "referent_table")),
    "create_index": ((1, "table_name"),),
    "create_primary_key": ((1, "table_name"),),
    "create_table_comment": ((0, "table_name"),),
    "create_unique_constraint": ((1, "table_name"),),
    "drop_column": ((0, "table_name"),),
    "drop_constraint": ((1, "table_name"),),
    "drop_index": ((1, "table_name"),),
    "drop_table_comment": ((0, "table_name"),),
}


class AlembicCalls:
    """Notes what the operations in a file say of tables."""

    def __init__(self, notes: TableNotes) -> None:
        self._notes = notes
        self._batches: dict[str, ast.expr] = {}

    def enter(self, item: ast.withitem, scopes: Scopes) -> None:
        """Remember which table `with op.batch_alter_table("…") as batch` is about."""
        match item:
            case ast.withitem(context_expr=ast.Call() as call, optional_vars=ast.Name(id=name)):
                table = argument(call, 0, "table_name")
                if self._notes.library_name(call.func, scopes) == "op.batch_alter_table" and table is not None:
                    self._batches[name] = table

    def call(self, node: ast.Call, name: str | None, scopes: Scopes) -> bool:
        """Note what an operation does, and say whether the call was one."""
        if any(self._notes.library_name(given, scopes) == "op" for given in node.args):
            said = f"{self._notes.module} hands alembic.op on, so nobody can see what tables are changed by it"
            self._notes.report(node, f"{said}; call its operations by name.")
        match node.func:
            case ast.Attribute(value=ast.Name(id=batch), attr=operation) if batch in self._batches:
                self._in_batch(node, operation, self._batches[batch])
                return True
        if name is None or not name.startswith("op."):
            return False
        self._operation(node, name.removeprefix("op."))
        return True

    def _operation(self, node: ast.Call, operation: str) -> None:
        how = f"changes by op.{operation}"
        notes = self._notes
        match operation:
            case "create_table":
                table = argument(node, 0, "table_name")
                notes.names(node, table, "makes", "makes", columns=made_columns(node.args[1:]))
            case "drop_table":
                notes.names(node, argument(node, 0, "table_name"), "drops", "drops")
            case "rename_table":
                self._rename(node)
            case "execute":
                text = argument(node, 0, "sqltext")
                if text is not None and notes.literals.is_text(text):
                    notes.sql(node, text)
            case _ if operation in _TABLES:
                for place, keyword in _TABLES[operation]:
                    notes.names(node, argument(node, place, keyword), "uses", how)
                self._columns(node, operation, argument(node, 0, "table_name"), 1)
            case _ if operation not in _HARMLESS:
                said = f"{notes.module} says op.{operation}, of which nobody can see what tables it changes"
                notes.report(node, f"{said}; use Alembic's other operations or constant SQL.")

    def _in_batch(self, node: ast.Call, operation: str, table: ast.expr) -> None:
        if operation == "create_foreign_key":
            self._notes.names(node, argument(node, 1, "referent_table"), "uses", "points a foreign key at")
        self._columns(node, operation, table, 0)

    def _rename(self, node: ast.Call) -> None:
        notes = self._notes
        before, after = argument(node, 0, "old_table_name"), argument(node, 1, "new_table_name")
        names = [None if each is None else notes.literals.texts(each) for each in (before, after)]
        match names:
            case [(old,), (new,)]:
                notes.step(node, "renames", old, "renames", to=new.casefold())
            case _:
                said = f"{notes.module} renames a table by names that cannot be read"
                notes.report(node, f"{said}; write them as constants.")

    def _columns(self, node: ast.Call, operation: str, table: ast.expr | None, at: int) -> None:
        """Note which columns come and go; ``at`` is the place of the column."""
        if table is None:
            return
        name = argument(node, at, "column_name")
        match operation:
            case "add_column":
                column = argument(node, at, "column")
                added = None if column is None else column_name(column)
                self._notes.names(node, table, "adds", "changes", columns=None if added is None else (added,))
            case "drop_column":
                self._notes.names(node, table, "loses", "changes", columns=self._texts(name))
            case "alter_column":
                after = next((each.value for each in node.keywords if each.arg == "new_column_name"), None)
                if after is not None:
                    self._notes.names(node, table, "loses", "changes", columns=self._texts(name))
                    self._notes.names(node, table, "adds", "changes", columns=self._texts(after))
            case _:
                pass

    def _texts(self, node: ast.expr | None) -> tuple[str, ...] | None:
        texts = None if node is None else self._notes.literals.texts(node)
        return None if texts is None else tuple(text.casefold() for text in texts)
