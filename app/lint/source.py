"""The Python files that are judged."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec


class Source(msgspec.Struct, frozen=True):
    """One Python file of a linted package.

    ``file`` is its path as a `Problem` says it; ``name`` is the dotted name under which it is imported.
    """

    path: Path
    file: str
    name: str

    @property
    def package(self) -> str:
        """The top-level package: app, contracts, modules, …"""
        return self.name.partition(".")[0]

    @property
    def module(self) -> str | None:
        """The business module that the file belongs to, None outside of modules."""
        package, _, rest = self.name.partition(".")
        return rest.partition(".")[0] or None if package == "modules" else None

    @property
    def is_package(self) -> bool:
        """Whether this is a package's own file, `__init__.py`."""
        return self.path.name == "__init__.py"

    @property
    def is_migration(self) -> bool:
        """Whether this is a step of a module's database history."""
        return self.module is not None and ".migrations" in self.name


def folders_of(package: str) -> list[Path]:
    """Return where a top-level package lies; a namespace package may lie in several places."""
    spec = importlib.util.find_spec(package)
    locations = spec.submodule_search_locations if spec else None
    return [Path(folder) for folder in dict.fromkeys(locations or ())]


def find_sources(packages: Iterable[str], root: Path) -> list[Source]:
    """Return every Python file of the packages, those that the import linter does not see included."""
    return [
        Source(path, said(path, root), _name(path.relative_to(folder.parent)))
        for package in packages
        for folder in folders_of(package)
        for path in sorted(_files(folder))
    ]


def _files(folder: Path) -> Iterator[Path]:
    for inner, _, files in os.walk(folder, followlinks=True):  # as the import linter walks
        for file in files:
            if file.endswith(".py"):
                yield Path(inner, file)


def said(path: Path, root: Path) -> str:
    """Return a path as a `Problem` says it."""
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def _name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
