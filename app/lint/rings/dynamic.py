"""No text names a file of a module: what is handed a dotted path imports it where nobody sees."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.lint.forbidden.dynamic import RULE
from app.lint.forbidden.forbidden import EVERYWHERE
from app.lint.problem import Problem
from app.lint.reader import Reader, Scopes
from app.lint.source import Source, folders_of, said
from app.lint.world import World

LAWFUL = {
    "app.wiring": "finds the modules, and is the one importer of them",
    "app.config": "names the tables [modules.<name>] of freestone.toml",
    "app.lint": "speaks of modules without importing them",
}

_FROM_APP = re.compile(r"modules\.[^\s/]*")
_FROM_BUSINESS = re.compile(r"(app|contracts|modules)\.[^\s/]*")


class PathReader(Reader):
    """Reports texts, and beginnings of texts, that are dotted paths into the house; a logger's name may be one."""

    nodes = (ast.Call, ast.Constant)

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._path = _FROM_APP if source.package == "app" else _FROM_BUSINESS
        self._loggers: set[ast.AST] = set()

    @classmethod
    def reads(cls, source: Source) -> bool:
        return source.package in EVERYWHERE and not any(
            source.name == place or source.name.startswith(f"{place}.") for place in LAWFUL
        )

    def see(self, node: Any, scopes: Scopes) -> None:  # noqa: ARG002 - the base class says so
        if type(node) is ast.Call:
            called = node.func
            if (called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")) == "getLogger":
                self._loggers.update(node.args)
        elif isinstance(node.value, str) and self._path.fullmatch(node.value) and node not in self._loggers:
            who = self.source.module or self.source.name
            self.report(
                node,
                RULE,
                f"{who} names code by the text {node.value!r}, which nothing can follow; import it, "
                "or ask for a contract in the container.",
            )


READERS = (PathReader,)


def judge(world: World) -> Iterator[Problem]:
    """Yield the entry points by which an installed module would be loaded by who does not import it."""
    folders = folders_of("modules")
    for module in world.modules:
        for folder in folders:
            file = folder / module / "pyproject.toml"
            if file.exists():
                yield from entry_points(file, module, world.root)


def entry_points(file: Path, module: str, root: Path) -> Iterator[Problem]:
    """Yield the tables of entry points in the pyproject.toml of a module."""
    try:
        project = tomllib.loads(file.read_text(encoding="utf-8")).get("project")
    except (OSError, ValueError):
        return  # module-packages says so
    if not isinstance(project, dict):
        return
    for table in sorted(project.keys() & {"entry-points", "gui-scripts", "scripts"}):
        text = f"{module} declares {table}, by which others load its code unseen; "
        yield Problem(
            said(file, root), 0, RULE, f"{text}hang its commands under freestone, and remove [project.{table}]."
        )
