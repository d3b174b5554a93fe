"""Nothing mentions a name that `app/lint/forbidden` forbids, by whatever road the name came into the file."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from app.lint.forbidden import dynamic, environment, injection, objects
from app.lint.forbidden.forbidden import EVERYWHERE, Forbidden, Tables
from app.lint.names import Names, imported_from, names_of
from app.lint.problem import Problem
from app.lint.reader import Reader, Scopes
from app.lint.source import Source
from app.lint.world import World

_TABLES = Tables((*dynamic.FORBIDDEN, *environment.FORBIDDEN, *injection.FORBIDDEN, *objects.FORBIDDEN))

# Where another file imported one of these, `logging.os.environ` and `from asyncio import sys` reach it through that.
_BORROWED = frozenset(
    {"builtins", "ctypes", "gc", "importlib", "os", "pickle", "pkgutil", "runpy", "subprocess", "sys"}
)

# What Python puts into every file.
_MAGIC = frozenset({"__builtins__", "__loader__", "__spec__"})


class MentionReader(Reader):
    """Reports a forbidden name where it is imported, or else, if it lies below something lawful, at each mention."""

    nodes = (ast.Module, ast.Import, ast.ImportFrom, ast.Attribute, ast.Name)

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._table = _TABLES.of(source)
        self._package = source.name if source.is_package else source.name.rpartition(".")[0]
        self._names: Names
        self._doubtful: set[str] = set()
        """The file's names through which something forbidden may be reached."""
        self._inner: ast.AST | None = None

    @classmethod
    def reads(cls, source: Source) -> bool:
        return source.package in EVERYWHERE

    def see(self, node: Any, scopes: Scopes) -> None:
        if type(node) is ast.Attribute or type(node) is ast.Name:
            is_inner, self._inner = node is self._inner, getattr(node, "value", None)
            if not is_inner:  # of `a.b.c`, the whole
                self._look_at(node, scopes)
        elif type(node) is ast.Module:
            self._names = names_of(node, self.source)
            self._doubtful |= self._table.builtins | _MAGIC
            self._doubtful |= {name for name, what in self._names.top.items() if self._leads_on(what)}
        else:
            self._see_import(node)

    def _leads_on(self, bound: object) -> bool:
        return isinstance(bound, str) and bound.partition(".")[0] in self._table.roots

    def _see_import(self, node: ast.Import | ast.ImportFrom) -> None:
        origin = f"{imported_from(node, self._package)}." if isinstance(node, ast.ImportFrom) else ""
        for each in node.names:
            name = f"{origin}{each.name}"
            local = each.asname or (each.name if origin else each.name.partition(".")[0])
            found = self._table.find(name, imported=True)
            if found is None and origin and each.name in _BORROWED:
                found, name = self._table.find(each.name), each.name
            if found is not None:
                self._report(node, found, name)
                self._doubtful.discard(local)
            elif self._leads_on(name):
                self._doubtful.add(local)

    def _look_at(self, node: ast.Attribute | ast.Name, scopes: Scopes) -> None:
        parts: list[str] = []
        root: ast.AST = node
        while type(root) is ast.Attribute:
            parts.append(root.attr)
            root = root.value
        if type(root) is not ast.Name:
            return
        if root.id not in self._doubtful and _BORROWED.isdisjoint(parts):
            return
        name = root.id if root.id in _MAGIC else self._names.qualified(node, scopes)
        if name is None:
            return
        found = self._table.find(name)
        if found is None and not _BORROWED.isdisjoint(parts):
            steps = name.split(".")
            at = next((at for at, step in enumerate(steps) if at and step in _BORROWED), 0)
            name = ".".join(steps[at:])
            found = self._table.find(name) if at else None
        if found is not None:
            self._report(node, found, name)

    def _report(self, node: ast.AST, found: Forbidden, name: str) -> None:
        who = self.source.module or self.source.name
        self.report(node, found.rule, found.text.format(who=who, name=name.removeprefix("builtins.")))


READERS = (MentionReader,)


def judge(world: World) -> Iterator[Problem]:  # noqa: ARG001 - every file is judged by itself
    """Yield nothing: the reader says it all."""
    yield from ()
