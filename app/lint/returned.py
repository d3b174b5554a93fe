"""What the functions of the house hand back, as their annotations say: a factory is known by what it makes."""

from __future__ import annotations

import ast
from typing import Any

import msgspec

from app.lint.forbidden.forbidden import BUSINESS
from app.lint.mutable import is_changeable
from app.lint.names import Names, names_of
from app.lint.reader import Reader, Scopes
from app.lint.source import Source

CHANGES = "…"
"""Stands for whatever the standard library has that can be changed."""


class ReturnedFacts(msgspec.Struct, frozen=True):
    """The qualified name of what each function returns, or `CHANGES`, by the function's own."""

    kinds: dict[str, str]


class ReturnedReader(Reader):
    """Reads functions at the top of a file, and the methods of classes there."""

    nodes = (ast.Module, ast.FunctionDef)
    Facts = ReturnedFacts

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._names: Names
        self._kinds: dict[str, str] = {}

    @classmethod
    def reads(cls, source: Source) -> bool:
        return source.package in BUSINESS

    def see(self, node: Any, scopes: Scopes) -> None:
        if type(node) is ast.Module:
            self._names = names_of(node, self.source)
        elif not scopes:
            self._returns(node, f"{self.source.name}.{node.name}", "", scopes)
        elif len(scopes) == 1 and isinstance(scopes[0], ast.ClassDef):
            owner = f"{self.source.name}.{scopes[0].name}"
            self._returns(node, f"{owner}.{node.name}", owner, scopes)

    def _returns(self, node: ast.FunctionDef, name: str, owner: str, scopes: Scopes) -> None:
        said = _plain(node.returns)
        if is_changeable(said, self._names, scopes):
            self._kinds[name] = CHANGES
        elif said is not None:
            kind = self._names.qualified(said.value if isinstance(said, ast.Subscript) else said, scopes) or ""
            kind = owner if kind in {"typing.Self", "typing_extensions.Self"} else kind
            if kind.partition(".")[0] in BUSINESS:
                self._kinds[name] = kind

    def facts(self) -> ReturnedFacts | None:
        return ReturnedFacts(self._kinds) if self._kinds else None


def _plain(annotation: ast.expr | None) -> ast.expr | None:
    """Return an annotation that stands as a text in quotes as what it says."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            return ast.parse(annotation.value, mode="eval").body
        except SyntaxError:
            return None
    return annotation
