"""Which rows a statement of SQLAlchemy's changes: `sa.update(orders).values(total=0)`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from app.lint.literals import Literals
from app.lint.names import Names
from app.lint.reader import Scopes
from app.lint.rolling.changes import Change
from app.lint.rolling.operations import Bound

_CHANGES = frozenset({"delete", "update"})
_OVER = frozenset({"on_conflict_do_update", "prefix_with"})
"""What makes an insert one that may change rows."""
ROOTS = frozenset({"delete", "insert", "literal", "select", "text", "update", "DDL", "TextClause"})
"""What a statement may begin with that can be read: a function of SQLAlchemy's, or a table's method."""


class Rows:
    """Reads the statements of one file."""

    def __init__(self, literals: Literals, names: Names, bound: Bound) -> None:
        self._literals = literals
        self._names = names
        self._bound = bound
        self._columns: dict[int, tuple[str, ...]] = {}

    def root_of(self, statement: ast.expr, scopes: Scopes) -> str:
        """Return which of `ROOTS` a chain of calls begins with; nothing where that cannot be seen."""
        for call in _chain(statement):
            root = self._root(call, scopes)
            if root:
                return root
        return ""

    def changed_by(self, call: ast.Call, scopes: Scopes) -> Iterator[Change]:
        """Yield the rows that a call changes; the outermost of a chain is given first."""
        chain = list(_chain(call))
        root = self._root(call, scopes)
        if len(chain) > 1 and id(chain[-1]) not in self._columns:
            self._columns[id(chain[-1])] = _values(chain)
            if any(isinstance(each.func, ast.Attribute) and each.func.attr in _OVER for each in chain):
                yield Change(call.lineno, "unread", name="inserts over rows that are there")
        if root in _CHANGES:
            tables = self._tables(call, scopes)
            columns = self._columns.get(id(call), ()) if root == "update" else ()
            for table in tables:
                yield Change(call.lineno, "rewrites", table, columns)
            if not tables:
                yield Change(call.lineno, "unread", name=f"says {root}() of a table that cannot be seen")

    def _root(self, call: ast.Call, scopes: Scopes) -> str:
        name = self._names.qualified(call.func, scopes) or ""
        last = name.rpartition(".")[2]
        if name.startswith("sqlalchemy.") and last in ROOTS:
            return last
        match call.func:
            case ast.Attribute(value=owner, attr=last) if last in ROOTS and self._table(owner, scopes) is not None:
                return last
            case _:
                return ""

    def _tables(self, call: ast.Call, scopes: Scopes) -> tuple[str, ...]:
        match call.func:
            case ast.Attribute(value=owner) if (found := self._table(owner, scopes)) is not None:
                return found
        return (self._table(call.args[0], scopes) if call.args else None) or ()

    def _table(self, node: ast.expr, scopes: Scopes) -> tuple[str, ...] | None:
        """Return the names in `sa.table("orders", …)`, or in what a name was given of it; None for anything else."""
        match self._bound(node, scopes):
            case ast.Call(func=func, args=[name, *_]):
                called = self._names.qualified(func, scopes) or ""
                if called.startswith("sqlalchemy.") and called.rpartition(".")[2] in ("Table", "TableClause", "table"):
                    return tuple(text.casefold() for text in self._literals.texts(name) or ())
        return None


def _chain(node: ast.expr) -> Iterator[ast.Call]:
    """Yield the calls of `a(…).b(…).c(…)`, the last one first."""
    while isinstance(node, ast.Call):
        yield node
        if not isinstance(node.func, ast.Attribute):
            return
        node = node.func.value


def _values(chain: list[ast.Call]) -> tuple[str, ...]:
    """Return the columns that a chain gives values; none where they are not all named in it."""
    for call in chain:
        if isinstance(call.func, ast.Attribute) and call.func.attr == "values":
            names = [each.arg for each in call.keywords]
            return () if call.args or None in names else tuple(name.casefold() for name in names if name)
    return ()
