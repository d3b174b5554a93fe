"""Nobody changes a part of what another file made: neither a method, nor a table, nor a constant of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from app.lint.forbidden.forbidden import EVERYWHERE
from app.lint.names import Names, names_of
from app.lint.problem import Problem
from app.lint.reader import Reader, Scopes
from app.lint.source import Source
from app.lint.world import World

RULE = "monkeypatch"

_SETTING = frozenset({"builtins.setattr", "builtins.delattr"})


class PatchReader(Reader):
    """Reports what is set, or deleted, in something imported; app may do so to packages that are not the house's."""

    nodes = (ast.Module, ast.Call, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Delete)

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._names: Names

    @classmethod
    def reads(cls, source: Source) -> bool:
        return source.package in EVERYWHERE

    def see(self, node: Any, scopes: Scopes) -> None:
        match node:
            case ast.Call(func=ast.Name() as called, args=[changed, *_]):
                if self._names.qualified(called, scopes) in _SETTING:
                    self._change(changed, changed, scopes)
            case ast.Assign(targets=targets) | ast.Delete(targets=targets):
                for target in targets:
                    self._set(target, scopes)
            case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
                self._set(target, scopes)
            case ast.Module():
                self._names = names_of(node, self.source)
            case _:
                pass

    def _set(self, target: ast.expr, scopes: Scopes) -> None:
        match target:
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for each in parts:
                    self._set(each, scopes)
            case ast.Attribute(value=owner) | ast.Subscript(value=owner):
                self._change(target, owner, scopes)
            case _:
                pass

    def _change(self, node: ast.expr, owner: ast.expr, scopes: Scopes) -> None:
        while isinstance(owner, ast.Attribute | ast.Subscript):
            owner = owner.value
        imported = self._names.bound(owner.id, scopes) if isinstance(owner, ast.Name) else None
        if isinstance(imported, str) and (self.source.package != "app" or imported.partition(".")[0] in EVERYWHERE):
            who = self.source.module or self.source.name
            self.report(
                node,
                RULE,
                f"{who} changes {ast.unparse(node)}, a part of {imported}, under everybody who uses it; "
                "hand in an object of one's own.",
            )


READERS = (PatchReader,)


def judge(world: World) -> Iterator[Problem]:  # noqa: ARG001 - every file is judged by itself
    """Yield nothing: the reader says it all."""
    yield from ()
