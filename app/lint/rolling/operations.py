"""What Alembic's operations change (its manual, "Operation Reference"), on a table or in a batch."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from app.lint.literals import Literals, argument
from app.lint.reader import Scopes
from app.lint.rolling.changes import Change, ColumnFacts, Deed
from app.lint.rolling.columns import called, checks_in, columns_made, is_none, type_name
from app.lint.tables.tokens import tokens

Bound = Callable[[ast.expr, Scopes], ast.expr]

_NAMED = frozenset({"CheckConstraint", "ForeignKeyConstraint", "Index", "PrimaryKeyConstraint", "UniqueConstraint"})
_REBUILDS = frozenset({"copy_from", "table_args"})


class Operations:
    """Reads the operations of one file; ``bound`` follows a name to what it was given."""

    def __init__(self, literals: Literals, bound: Bound) -> None:
        self._literals = literals
        self._bound = bound

    def on_table(self, call: ast.Call, operation: str, scopes: Scopes) -> Iterator[Change]:
        """Yield what `op.<operation>(…)` changes."""
        match operation:
            case "create_table":
                yield from self._made(call, scopes)
            case "drop_table":
                yield from self._each(call, "drops", argument(call, 0, "table_name"))
            case "rename_table":
                for new in self._texts(argument(call, 1, "new_table_name")):
                    yield from self._each(call, "renames", argument(call, 0, "old_table_name"), name=new)
            case "batch_alter_table":
                if any(each.arg in _REBUILDS for each in call.keywords):
                    yield _unread(call, "rebuilds a table otherwise than it is (copy_from, table_args)")
            case "add_column" | "alter_column" | "drop_column":
                yield from self._column(call, operation, argument(call, 0, "table_name"), 1, scopes)
            case _:
                keyword = "source_table" if operation == "create_foreign_key" else "table_name"
                yield from self._constraint(call, operation, argument(call, 1, keyword), 2)

    def in_batch(self, call: ast.Call, operation: str, table: ast.expr, scopes: Scopes) -> Iterator[Change]:
        """Yield what `batch.<operation>(…)` changes."""
        if operation.endswith("_column"):
            yield from self._column(call, operation, table, 0, scopes)
        else:
            yield from self._constraint(call, operation, table, 1)

    def _made(self, call: ast.Call, scopes: Scopes) -> Iterator[Change]:
        columns: list[ColumnFacts] = []
        names: list[str] = []
        whole = True
        for given in call.args[1:]:
            item = self._bound(given, scopes)
            made = columns_made(item, self._literals)
            whole &= made is not None or called(item) in _NAMED
            columns += made or ()
            if called(item) in _NAMED:
                place = 0 if called(item) == "Index" else 99
                names += self._texts(argument(item, place, "name") if isinstance(item, ast.Call) else None)
        for table in self._texts(argument(call, 0, "table_name")):
            yield Change(call.lineno, "makes", table, made=tuple(columns) if whole else (), names=tuple(names))

    def _column(
        self, call: ast.Call, operation: str, table: ast.expr | None, at: int, scopes: Scopes
    ) -> Iterator[Change]:
        match operation:
            case "add_column":
                column = argument(call, at, "column")
                made = None if column is None else columns_made(self._bound(column, scopes), self._literals)
                if made is None:
                    yield _unread(call, "adds a column that is not written out in the call")
                    return
                yield from self._each(call, "adds", table, made=made)
                for check in checks_in(self._bound(column, scopes)) if column is not None else ():
                    yield from self._each(call, "checks", table, self._words(argument(check, 0, "sqltext")))
            case "drop_column":
                yield from self._each(call, "loses", table, self._texts(argument(call, at, "column_name")))
            case "alter_column":
                for name in self._texts(argument(call, at, "column_name")):
                    yield from self._altered(call, table, (name,))
            case _:
                yield _unread(call, f"says {operation}")

    def _altered(self, call: ast.Call, table: ast.expr | None, column: tuple[str, ...]) -> Iterator[Change]:
        given = {each.arg: each.value for each in call.keywords}
        match given.get("nullable"):
            case None:
                pass
            case ast.Constant(value=bool(nullable)):
                yield from self._each(call, "frees" if nullable else "requires", table, column)
            case _:
                yield _unread(call, "says nullable= without a constant")
        match given.get("server_default"):
            case None | ast.Constant(value=False):
                pass
            case default:
                yield from self._each(call, "undefaults" if is_none(default) else "defaults", table, column)
        if (new := given.get("type_")) is not None:
            was = "" if (old := given.get("existing_type")) is None else type_name(old)
            yield from self._each(call, "retypes", table, column, type=type_name(new), was=was)
        if (renamed := given.get("new_column_name")) is not None:
            for name in self._texts(renamed):
                yield from self._each(call, "moves", table, column, name)
        if None in given:
            yield _unread(call, "alters a column by what is not written out in the call")

    def _constraint(self, call: ast.Call, operation: str, table: ast.expr | None, at: int) -> Iterator[Change]:
        """Yield what is said of a constraint or index, whose columns are the argument at ``at``."""
        for name in self._texts(argument(call, 0, "constraint_name") or argument(call, 0, "index_name")) or ("",):
            yield from self._named(call, operation, table, at, name)

    def _named(self, call: ast.Call, operation: str, table: ast.expr | None, at: int, name: str) -> Iterator[Change]:
        match operation:
            case "create_index":
                yield from self._index(call, table, self._list(argument(call, at, "columns")), name)
            case "drop_index":
                yield Change(call.lineno, "unindexes", name=name)
            case "create_unique_constraint":
                yield from self._each(call, "unites", table, self._list(argument(call, at, "columns")), name)
            case "create_check_constraint":
                yield from self._each(call, "checks", table, self._words(argument(call, at, "condition")), name)
            case "create_foreign_key":
                columns = self._list(argument(call, at + 1, "local_cols"))
                yield from self._each(call, "refers", table, columns, name)
            case "create_primary_key" | "create_exclude_constraint":
                yield from self._each(call, "constrains", table, name=name)
            case "drop_constraint":
                kind = argument(call, at, "type_")
                if kind is None or self._texts(kind) != ("check",):
                    yield from self._each(call, "unbinds", table, name=name)
            case _:  # comments, and what the rule of migrations refuses
                return

    def _index(self, call: ast.Call, table: ast.expr | None, columns: tuple[str, ...], name: str) -> Iterator[Change]:
        given = {each.arg: each.value for each in call.keywords}
        match given.get("unique", ast.Constant(False)):
            case ast.Constant(value=bool(unique)):
                yield from self._each(call, "unites" if unique else "indexes", table, columns, name)
            case _:
                yield _unread(call, "says unique= without a constant")
        match given.get("postgresql_concurrently"):
            case None | ast.Constant(value=False):
                pass
            case _:
                yield _unread(call, "builds an index concurrently, which no transaction can")

    def _each(
        self,
        call: ast.Call,
        deed: Deed,
        table: ast.expr | None,
        columns: tuple[str, ...] = (),
        name: str = "",
        **more: object,
    ) -> Iterator[Change]:
        for text in self._texts(table):
            yield Change(call.lineno, deed, text, columns, name, **more)  # type: ignore[arg-type]

    def _texts(self, node: ast.expr | None) -> tuple[str, ...]:
        """Return the names that an expression can be; none where it cannot be read, which another rule says."""
        texts = None if node is None else self._literals.texts(node)
        return () if texts is None else tuple(text.casefold() for text in texts)

    def _list(self, node: ast.expr | None) -> tuple[str, ...]:
        """Return the names in a list; one that is no text, as an expression is none, counts as the empty one."""
        items = node.elts if isinstance(node, ast.List | ast.Tuple) else []
        return tuple(next(iter(self._texts(item)), "") for item in items) or ("",)

    def _words(self, condition: ast.expr | None) -> tuple[str, ...]:
        """Return the words of a condition; the empty one where there is anything that cannot be read."""
        match condition:
            case ast.Call(args=[inner, *_]) if called(condition) == "text":
                condition = inner
        texts = self._texts(condition)
        words = (token.name for text in texts for token in tokens(text) if token.kind == "word")
        return tuple(words) if texts else ("",)


def _unread(call: ast.Call, what: str) -> Change:
    return Change(call.lineno, "unread", name=what)
