"""A module opens no file that it does not ship, and writes none."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, cast

from app.lint.forbidden.environment import RULE
from app.lint.forbidden.forbidden import EVERYWHERE
from app.lint.names import Names, names_of
from app.lint.problem import Problem
from app.lint.reader import Reader, Scopes
from app.lint.source import Source
from app.lint.world import World

_PATHS = frozenset({"pathlib.Path", "pathlib.PosixPath", "pathlib.WindowsPath"})
_WRITING = frozenset({
    "expanduser", "hardlink_to", "mkdir", "rmdir", "symlink_to", "unlink", "write_bytes", "write_text",
})  # fmt: skip


class FileReader(Reader):
    """Reports paths that begin anywhere but at a file of the module's own, and methods of paths that write."""

    nodes = (ast.Module, ast.Attribute, ast.BinOp, ast.Call)

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._names: Names
        self._deep = source.name.count(".") - 1 + source.is_package
        """How many folders one may go up from the file without leaving the module."""
        self._inner: ast.AST | None = None

    @classmethod
    def reads(cls, source: Source) -> bool:
        return source.module is not None

    def see(self, node: Any, scopes: Scopes) -> None:
        if type(node) is ast.Module:
            self._names = names_of(node, self.source)
        elif type(node) is ast.Attribute:
            self._rise(node)
        elif type(node) is ast.BinOp:
            if isinstance(node.op, ast.Div):
                self._climb(node, node.right)
        else:
            self._call(node, scopes)

    def _call(self, node: ast.Call, scopes: Scopes) -> None:
        name = self._names.qualified(node.func, scopes) or ""
        if name.startswith("importlib.resources.") and _names_package(node):
            self._leaves(node)
        elif isinstance(node.func, ast.Attribute) and node.func.attr == "joinpath":
            self._climb(node, *node.args)
        elif isinstance(node.func, ast.Attribute) and node.func.attr in _WRITING:
            self.report(
                node,
                RULE,
                f"{self.source.module} calls .{node.func.attr}(…): a module keeps nothing in files of its own making; "
                "keep it in the module's database.",
            )
        elif (not node.args or _is_text(node.args[0])) and name in _PATHS:
            self.report(
                node,
                RULE,
                f"{self.source.module} reads what happens to lie at {ast.unparse(node)}; begin at "
                "Path(__file__).parent for a file that it ships, and take the rest from its settings class.",
            )

    def _rise(self, node: ast.Attribute) -> None:
        """Report `Path(__file__).parent.parent…` that goes up too far, and `.parents`, where nobody counts."""
        is_inner, self._inner = node is self._inner, node.value
        up, start = 0, cast("ast.expr", node)
        while isinstance(start, ast.Attribute) and start.attr in {"parent", "parents"}:
            up += 1 if start.attr == "parent" else self._deep + 1
            start = start.value
        if not is_inner and up > self._deep and "__file__" in ast.unparse(start):
            self._leaves(node)

    def _climb(self, node: ast.AST, *parts: ast.expr) -> None:
        """Report a path that goes up by a text."""
        if any(isinstance(each, ast.Constant) and ".." in str(each.value).split("/") for each in parts):
            self._leaves(node)

    def _leaves(self, node: ast.AST) -> None:
        self.report(
            node,
            RULE,
            f"{self.source.module} looks for files at {ast.unparse(node)}, which are not its own; keep what it ships "
            "in its own folder.",
        )


def _names_package(node: ast.Call) -> bool:
    """Say whether a package of the house is named by a text; a path below it is found with the other texts."""
    return any(isinstance(each, ast.Constant) and each.value in EVERYWHERE for each in node.args)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


READERS = (FileReader,)


def judge(world: World) -> Iterator[Problem]:  # noqa: ARG001 - every file is judged by itself
    """Yield nothing: the reader says it all."""
    yield from ()
