"""What a migration changes: by Alembic's operations, by SQLAlchemy's statements and by raw SQL, in helpers too.

What cannot be followed is given out as unread, save what the rule of migrations refuses anyway: names and SQL that are
no constants, `op` handed on, operations of Alembic that are unknown.
"""

from __future__ import annotations

import ast
from typing import Any

from app.lint.literals import Literals, argument
from app.lint.names import Names, names_of
from app.lint.reader import Reader, Scopes
from app.lint.rolling.announced import announcements, released_in
from app.lint.rolling.changes import Announcement, Change, ChangeFacts
from app.lint.rolling.operations import Operations
from app.lint.rolling.rows import ROOTS, Rows
from app.lint.rolling.statements import changes_in
from app.lint.source import Source

RULE = "expand-contract"
_BACK = "downgrade"
_TEXT = frozenset({"DDL", "TextClause", "text"})
_EXECUTES = frozenset(
    {"execute", "executemany", "executescript", "scalar", "scalars", "stream", "stream_scalars", "exec_driver_sql"}
)
_PAST_OP = frozenset({"autocommit_block", "create", "drop"})
"""Methods that change tables, or end the transaction, without `op`."""


class ChangeReader(Reader):
    """Gives out the changes of one migration; of the package's own file, what was released."""

    nodes = (ast.Module, ast.With, ast.Assign, ast.Call, ast.Attribute, ast.Name)
    Facts = ChangeFacts

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._names: Names
        self._literals: Literals
        self._operations: Operations
        self._rows: Rows
        self._changes: list[Change] = []
        self._announced: tuple[Announcement, ...] = ()
        self._released: tuple[str | None] | None = None
        self._line = 0
        self._batches: dict[str, ast.expr] = {}
        self._followed: set[int] = set()
        """The nodes that are judged by what is round them."""

    @classmethod
    def reads(cls, source: Source) -> bool:
        return source.is_migration

    def facts(self) -> ChangeFacts:
        return ChangeFacts(tuple(self._changes), self._announced, self._released, self._line)

    def see(self, node: Any, scopes: Scopes) -> None:
        if isinstance(node, ast.Module):
            self._module(node)
        elif not any(isinstance(each, ast.FunctionDef) and each.name == _BACK for each in scopes):
            self._see(node, scopes)

    def _module(self, node: ast.Module) -> None:
        self._names, self._literals = names_of(node, self.source), Literals(node)
        self._operations = Operations(self._literals, self._bound)
        self._rows = Rows(self._literals, self._names, self._bound)
        try:
            self._announced = tuple(announcements(node.body))
            self._released = released_in(node.body) if self.source.is_package else None
        except ValueError as error:
            self.report(node.body[0], RULE, f"{self.source.module} has a migration that says {error}.")
        said = {name: each.lineno for each in node.body for name in _assigned(each)}
        self._line = said.get("oldest", said.get("revision", 0))

    def _see(self, node: Any, scopes: Scopes) -> None:
        match node:
            case ast.With(items=items):
                for item in items:
                    self._enter(item, scopes)
            case ast.Assign(targets=[ast.Name()], value=ast.Name() as value):
                self._followed.add(id(value))  # another name for the same: the use of that is looked at
            case ast.Call():
                self._call(node, scopes)
            case ast.Attribute(value=value):
                if not isinstance(value, ast.Call):
                    self._followed.add(id(value))
                name = self._names.qualified(node, scopes) or ""
                if name.startswith("alembic.op.") and id(node) not in self._followed:
                    self._unread(node, f"hands {name.removeprefix('alembic.')} on")
            case ast.Name(id=name, ctx=ast.Load()) if id(node) not in self._followed:
                if name in self._batches or self._names.qualified(node, scopes) == "alembic.op":
                    self._unread(node, f"hands {name} on")

    def _enter(self, item: ast.withitem, scopes: Scopes) -> None:
        call = item.context_expr
        if isinstance(call, ast.Call) and self._names.qualified(call.func, scopes) == "alembic.op.batch_alter_table":
            table = argument(call, 0, "table_name")
            if isinstance(item.optional_vars, ast.Name) and table is not None:
                self._batches[item.optional_vars.id] = table
                self._followed.add(id(call))

    def _call(self, node: ast.Call, scopes: Scopes) -> None:
        self._followed.add(id(node.func))
        match node:
            case ast.Call(func=ast.Name(id="getattr"), args=[ast.expr() as owner, ast.Constant(), *_]):
                self._followed.add(id(owner))
            case ast.Call(args=args):  # of `op` itself the rule of migrations says that it is handed on
                self._followed.update(id(each) for each in args if self._names.qualified(each, scopes) == "alembic.op")
        match node.func:
            case ast.Attribute(value=ast.Name(id=batch), attr=operation) if batch in self._batches:
                self._changes += self._operations.in_batch(node, operation, self._batches[batch], scopes)
                return
            case ast.Attribute(attr=method):
                pass
            case _:
                method = ""
        name = self._names.qualified(node.func, scopes) or ""
        operation = name.removeprefix("alembic.op.") if name.startswith("alembic.op.") else ""
        if operation == "execute":
            self._executed(node, argument(node, 0, "sqltext"), scopes)
        elif operation == "batch_alter_table" and id(node) not in self._followed:
            self._unread(node, "begins a batch otherwise than by `with op.batch_alter_table(…) as …`")
        elif operation:
            self._changes += self._operations.on_table(node, operation, scopes)
        elif name.startswith("sqlalchemy.") and name.rpartition(".")[2] in _TEXT:
            self._sql(node, argument(node, 0, "text"))
        elif method in _EXECUTES:
            self._executed(node, node.args[0] if node.args else None, scopes)
        elif method in _PAST_OP and not name.startswith("builtins."):
            self._unread(node, f"says {method}(), past op")
        else:
            self._changes += self._rows.changed_by(node, scopes)

    def _executed(self, node: ast.Call, given: ast.expr | None, scopes: Scopes) -> None:
        """Read what is executed, where it is a text; what is built by a call is looked at there."""
        if given is None or self._literals.is_text(given) or self._literals.texts(given):
            self._sql(node, given)
            return
        built = self._bound(given, scopes)
        root = self._rows.root_of(built, scopes)
        if root not in ROOTS:
            self._unread(node, f"executes {ast.unparse(given)[:40]}")

    def _sql(self, node: ast.Call, text: ast.expr | None) -> None:
        for each in (self._literals.texts(text) or ()) if text is not None else ():
            self._changes += changes_in(each, node.lineno)

    def _unread(self, node: ast.expr, what: str) -> None:
        self._changes.append(Change(node.lineno, "unread", name=what))

    def _bound(self, node: ast.expr, scopes: Scopes) -> ast.expr:
        """Return the call that a name stands for, anything else as it is."""
        if isinstance(node, ast.Name):
            bound = self._names.bound(node.id, scopes)
            if isinstance(bound, ast.Call):
                return bound
        return node


def _assigned(node: ast.stmt) -> list[str]:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case _:
            return []
