"""Noting what a file says of tables; what cannot be read is a problem at once, since nobody would judge it."""

from __future__ import annotations

import ast
from typing import Any

from app.lint.literals import Literals
from app.lint.names import names_of
from app.lint.reader import Reader, Scopes
from app.lint.tables.facts import Deed, Step
from app.lint.tables.sql import Statement, read_sql

RAW = "reaches in raw SQL for"
_LIBRARIES = ("sqlalchemy.", "alembic.")


class TableNotes:
    """The ``steps`` of one file, on behalf of the reader that walks over it."""

    def __init__(self, reader: Reader, tree: ast.Module) -> None:
        self.module = reader.source.module
        self.literals = Literals(tree)
        self.steps: list[Step] = []
        self.back = False
        """Whether what comes now stands in `downgrade`."""
        self.knows_libraries = False
        """Whether the file has imported SQLAlchemy or Alembic up to here."""
        self._reader = reader
        self._names = names_of(tree, reader.source)

    def report(self, node: Any, text: str) -> None:
        """Report a problem of the rule that judges such a file."""
        self._reader.report(node, "migration" if self._reader.source.is_migration else "own-data", text)

    def step(self, node: Any, deed: Deed, table: str, how: str, **more: Any) -> None:
        """Note what is said of a table at a node."""
        self.steps.append(Step(node.lineno, deed, table.casefold(), how, back=self.back, **more))

    def names(self, node: Any, name: ast.expr | None, deed: Deed, how: str, **more: Any) -> None:
        """Note what is said of the tables that an expression can name."""
        if name is None:
            return
        texts = self.literals.texts(name)
        if texts is None:
            where = f"{self.module} {how} a table whose name cannot be read"
            self.report(node, f"{where}; write the name as a constant.")
        for text in texts or ():
            self.step(node, deed, text, how, **more)

    def library_name(self, func: ast.AST, scopes: Scopes) -> str | None:
        """Return what is called of SQLAlchemy or Alembic, `op.create_table` of the latter's operations; or None."""
        name = self._names.qualified(func, scopes) if self.knows_libraries else None
        if name is None or not name.startswith(_LIBRARIES) or ".func." in name:
            return None
        return name.removeprefix("alembic.") if name.startswith("alembic.op.") else name.rpartition(".")[2]

    def sql(self, node: Any, text: ast.expr, *, tables: bool = False) -> None:
        """Read raw SQL, or a part of it; ``tables``: a list of tables."""
        texts = self.literals.texts(text)
        if texts is None:
            where = (
                f"{self.module} has raw SQL that is no constant of the file, so nobody can see which tables it names"
            )
            self.report(node, f"{where}; write it out here, with bind parameters for values.")
        for each in texts or ():
            self._statement(node, read_sql(f"FROM {each}" if tables else each))

    def _statement(self, node: ast.expr, found: Statement) -> None:
        module = self.module
        for refused in found.refused:
            mend = "a module has one database, which the host sets up, and its tables no schema; leave it out."
            self.report(node, f"{module} {refused} in raw SQL; {mend}")
        for name in found.temporary:
            self.step(node, "holds", name, RAW)
        for name in found.made:
            self.step(node, "makes", name, RAW, virtual=name in found.virtual)
        deeds: tuple[tuple[Deed, tuple[str, ...]], ...] = (
            ("uses", found.used),
            ("perhaps", found.perhaps),
            ("drops", found.dropped),
        )
        for deed, names in deeds:
            for name in names:
                self.step(node, deed, name, RAW)
        for before, after in found.renamed:
            self.step(node, "renames", before, RAW, to=after)
