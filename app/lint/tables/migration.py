"""A migration as a piece of history: where it stands in the line, and that it depends on nothing that may change."""

from __future__ import annotations

import ast
from typing import Any

import msgspec

from app.data.history import read_revision
from app.lint.reader import Reader, Scopes
from app.lint.source import Source

RULE = "migration"
_MAY_CHANGE = frozenset({"app", "bench", "contracts", "modules", "tests"})


class MigrationFacts(msgspec.Struct, frozen=True):
    """What a migration says that it is (`app.data.history.Revision`)."""

    revision: str
    before: str | None
    oldest: str


class MigrationReader(Reader):
    """Reads the files of a history; the package's own is none of them, nor what begins with an underscore."""

    nodes = (ast.Module, ast.Import, ast.ImportFrom)
    Facts = MigrationFacts

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._facts: MigrationFacts | None = None

    @classmethod
    def reads(cls, source: Source) -> bool:
        return source.is_migration

    def facts(self) -> MigrationFacts | None:
        return self._facts

    def see(self, node: Any, scopes: Scopes) -> None:  # noqa: ARG002 - it is the same anywhere in the file
        match node:
            case ast.Module(body=body) if not self.source.path.name.startswith("_"):
                self._revision(body)
            case ast.Import(names=names):
                for each in names:
                    self._import(node, each.name)
            case ast.ImportFrom(module=module, level=level, names=names):
                self._import(node, "." * level + (module or ""))
                if module is not None and module.startswith("alembic") and [each.name for each in names] != ["op"]:
                    said = f"{self.source.module} has a migration that takes more of Alembic than op"
                    self.report(node, RULE, f"{said}, which nobody can judge; say what it does by op's operations.")
            case _:
                pass

    def _revision(self, body: list[ast.stmt]) -> None:
        try:
            found = read_revision(body, self.source.path)
        except ValueError:
            found = None
        if found is None:
            said = f"{self.source.module} has a migration that does not say its revision and down_revision plainly"
            self.report(None, RULE, f"{said}; assign each a constant text, None for the first one's down_revision.")
        else:
            self._facts = MigrationFacts(found.id, found.before, found.oldest)

    def _import(self, node: ast.stmt, name: str) -> None:
        if name.startswith(".") or name.partition(".")[0] in _MAY_CHANGE:
            said = f"{self.source.module} has a migration that imports {name}, which may change while history may not"
            self.report(node, RULE, f"{said}; write out in the migration what it needs.")
