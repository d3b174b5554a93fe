"""A module opens no file that it does not ship, and writes none."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from app.lint.forbidden.environment import RULE
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

    nodes = (ast.Module, ast.Call)

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._names: Names

    @classmethod
    def reads(cls, source: Source) -> bool:
        return source.module is not None

    def see(self, node: Any, scopes: Scopes) -> None:
        if type(node) is ast.Module:
            self._names = names_of(node, self.source)
        elif isinstance(node.func, ast.Attribute) and node.func.attr in _WRITING:
            self.report(
                node,
                RULE,
                f"{self.source.module} calls .{node.func.attr}(…): a module keeps nothing in files of its own making; "
                "keep it in the module's database.",
            )
        elif (not node.args or _is_text(node.args[0])) and self._names.qualified(node.func, scopes) in _PATHS:
            self.report(
                node,
                RULE,
                f"{self.source.module} reads what happens to lie at {ast.unparse(node)}; begin at "
                "Path(__file__).parent for a file that it ships, and take the rest from its settings class.",
            )


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


READERS = (FileReader,)


def judge(world: World) -> Iterator[Problem]:  # noqa: ARG001 - every file is judged by itself
    """Yield nothing: the reader says it all."""
    yield from ()
