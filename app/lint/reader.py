"""Reading files without running them: every reader sees a file's syntax tree in one walk."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, ClassVar

import msgspec

from app.lint.problem import Problem
from app.lint.source import Source

Scopes = tuple[ast.AST, ...]
"""The classes, functions and lambdas around a node, outermost first: () at a module's own level."""

_SCOPES = frozenset({ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda})

_LEAVES = frozenset({"arg", "attr", "ctx", "id", "kind", "module", "op", "ops", "type_comment", "type_ignores"})
"""Fields that hold no node that anybody reads."""


class _Fields(dict[type[ast.AST], tuple[str, ...]]):
    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        fields = self[kind] = tuple(field for field in kind._fields if field not in _LEAVES)
        return fields


_FIELDS = _Fields()


class Reader:
    """Reads one kind of thing from one file.

    ``nodes`` are the kinds of node that it is shown, in the order of the text. What it finds wrong by the file alone
    it reports; what must be compared with other files it gives out as ``facts``, of the type ``Facts``. Both are
    kept between runs, so they may depend on nothing but the file's text and its name.
    """

    nodes: ClassVar[tuple[type[ast.AST], ...]]
    Facts: ClassVar[type[msgspec.Struct] | None] = None

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = []

    @classmethod
    def reads(cls, source: Source) -> bool:  # noqa: ARG003 - its heirs look
        """Say whether such a file concerns this reader at all."""
        return True

    def see(self, node: Any, scopes: Scopes) -> None:
        """Look at one node; a class or a function is not among its own scopes."""
        raise NotImplementedError

    def facts(self) -> msgspec.Struct | None:
        """Return what the whole file says, after the last node; None for nothing."""
        return None

    def report(self, node: Any, rule: str, text: str) -> None:
        """Note a problem at a node."""
        self.problems.append(Problem(self.source.file, getattr(node, "lineno", 0), rule, text))


def read(tree: ast.Module, readers: Iterable[Reader]) -> None:
    """Show each reader the nodes that it wants; operators and contexts (`ast.Load`, `ast.Add`) are shown to nobody.

    Recursive on purpose: what is nested too deeply for it is too deep for the readers as well.
    """
    wanted: dict[type[ast.AST], list[Reader]] = defaultdict(list)
    for reader in readers:
        for kind in reader.nodes:
            wanted[kind].append(reader)

    def visit(node: ast.AST, scopes: Scopes) -> None:
        kind = type(node)
        for reader in wanted.get(kind, ()):
            reader.see(node, scopes)
        inner = (*scopes, node) if kind in _SCOPES else scopes
        for field in _FIELDS[kind]:
            value = getattr(node, field, None)
            if isinstance(value, list):
                for child in value:
                    if isinstance(child, ast.AST):
                        visit(child, inner)
            elif isinstance(value, ast.AST):
                visit(value, inner)

    visit(tree, ())


def dotted(node: ast.AST) -> str | None:
    """Return `a.b.c` for a name or a chain of attributes, None for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        value = dotted(node.value)
        return None if value is None else f"{value}.{node.attr}"
    return None
