"""Every file that could hold code lies where the other rules look, as text, under a name that can be imported."""

from __future__ import annotations

import keyword
import os
from collections.abc import Collection, Iterator
from pathlib import Path

from app.lint.forbidden.forbidden import EVERYWHERE
from app.lint.problem import Problem
from app.lint.reader import Reader
from app.lint.source import folders_of, said
from app.lint.world import World

UNSEEN = "unseen-file"
COMPILED = "compiled-file"

NAMESPACES = frozenset({"contracts", "modules"})
"""Modules and contracts may come from several installed distributions: an `__init__.py` would hide all but one."""

_COMPILED = frozenset({
    ".dll", ".dylib", ".egg", ".egg-link", ".pth", ".pxd", ".pyc", ".pyd", ".pyo", ".pyw", ".pyx", ".pyz", ".so",
    ".whl", ".zip",
})  # fmt: skip

READERS: tuple[type[Reader], ...] = ()


def judge(world: World) -> Iterator[Problem]:
    """Yield what lies in the folders of the packages and would be judged by no other rule."""
    seen = world.graph.modules
    for package in sorted(EVERYWHERE & {source.package for source in world.sources.values()}):
        for folder in folders_of(package):
            yield from strays(folder, seen, world.root)


def strays(package: Path, seen: Collection[str], root: Path) -> Iterator[Problem]:
    """Yield what in a package's folder is not as it must be.

    ``seen`` are the dotted names of the files that the import linter knows, ``root`` is the project's folder.
    """
    for inner, folders, files in os.walk(package):
        folder = Path(inner)
        place = _Place(folder, package, frozenset(files), frozenset(folders))
        folders[:] = sorted(each for each in folders if each != "__pycache__")
        for name in sorted((*folders, *files)):
            fault = None
            if os.path.islink(f"{inner}/{name}"):  # noqa: PTH114 - a path for every file would take three times as long
                fault = _fault_of_link(folder / name, package)
            if fault is None and name.endswith(".py"):
                fault = place.fault(name, seen)
            elif fault is None and name.endswith(".pyi") and name[:-1] in files:
                fault = f"{name} has mypy judge other types than the code's; write the types in {name[:-1]}."
            if fault is not None:
                yield Problem(said(folder / name, root), 0, UNSEEN, fault)
            elif name[name.rfind(".") :] in _COMPILED:
                text = f"{name} hides code that no rule can read; ship its source instead."
                yield Problem(said(folder / name, root), 0, COMPILED, text)


class _Place:
    """A folder of a package, and why its Python files may go unjudged."""

    def __init__(self, folder: Path, package: Path, files: Collection[str], folders: Collection[str]) -> None:
        relative = folder.relative_to(package.parent)
        self._path, self._dotted = relative.as_posix(), ".".join(relative.parts)
        self._folder, self._folders = folder, folders
        self._is_namespace = self._path in NAMESPACES
        self._has_history = len(relative.parts) > 2 and relative.parts[2] == "migrations"
        self._bare = ""
        if any(each.endswith(".py") for each in files):
            inits = [each for each in (relative, *relative.parents) if len(each.parts) > (package.name in NAMESPACES)]
            bare = [each for each in inits if not (package.parent / each / "__init__.py").exists()]
            self._bare = bare[-1].as_posix() if bare else ""

    def fault(self, name: str, seen: Collection[str]) -> str | None:
        """Say why a file goes unjudged; one reason is enough."""
        file, stem = f"{self._path}/{name}", name.removesuffix(".py")
        if self._is_namespace and stem == "__init__":
            return f"{file} hides what other distributions bring to {self._path}; delete it."
        if self._bare:
            return f"{file} is not seen by the import linter; put an __init__.py into {self._bare}."
        if "." in stem:
            return f"{file} is not seen by the import linter; take the dot out of its name."
        if keyword.iskeyword(stem) or not (stem.isidentifier() or self._has_history):
            return f"no import can name {file}, so that it could be reached by hidden ways only; give it another name."
        if stem in self._folders and any((self._folder / stem).rglob("*.py")):
            return f"{file} stands behind the folder {stem} of the same name, which is imported instead; rename one."
        dotted = self._dotted if stem == "__init__" else f"{self._dotted}.{stem}"
        if not self._has_history and dotted not in seen:
            return f"{file} is not seen by the import linter; make it a file that it can read."
        return None


def _fault_of_link(path: Path, package: Path) -> str | None:
    """Say why a symbolic link is none that is lawful: it must stay in the package, or in the one module it is in."""
    relative = path.relative_to(package)
    is_module = package.name == "modules" and len(relative.parts) == 1
    home = package / relative.parts[0] if package.name == "modules" else package
    if not is_module and path.resolve().is_relative_to(home.resolve()):
        return None
    where = f"{package.name}/{relative.as_posix()}"
    return f"{where} leads to files of another place, which then have two names; put the files here."
