"""An import system that gives a module itself, its contracts and its libraries, and nothing else of the store."""

from __future__ import annotations

import builtins
import importlib
import importlib.util
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

from app.line import Line
from app.lint.problem import Problem

RULE = "alone"
_TESTS = frozenset({"tests", "pytest", "_pytest", "pytest_asyncio", "hypothesis", "xdist"})
_HOST = frozenset({"app", "bench"})
_MACHINERY = ("importlib", "pkgutil", "runpy")


class Refusals(MetaPathFinder):
    """Refuses every other module and the tests to everybody, and what belongs to the host to the module's own files.

    ``problems`` has a sentence for each import that was refused, those included that the module made good for.
    """

    def __init__(self, module: str) -> None:
        self.problems: list[Problem] = []
        self._module = module
        self._folders: tuple[str, ...] = ()
        self._import = builtins.__import__
        self._import_module = importlib.import_module

    def install(self) -> None:
        """Stand before everything that imports, until the process ends."""
        modules = self._import_module("modules")
        self._folders = tuple(f"{Path(folder, self._module)}/" for folder in modules.__path__)
        sys.meta_path.insert(0, self)
        builtins.__import__ = self._imports
        importlib.__import__ = self._imports
        importlib.import_module = self._imports_module

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:  # noqa: ARG002
        """Refuse what is not in memory yet, whoever asks and however."""
        if self._is_elsewhere(fullname):
            asker = self._asker()
            if self._is_own(asker) or not _is_tool(fullname):
                self._refuse(fullname, asker)
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)

    def is_own_code(self, code: CodeType) -> bool:
        """Say whether code is written in one of the module's own files."""
        return code.co_filename.startswith(self._folders)

    def _imports(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,  # noqa: A002 - as in builtins
        locals: Mapping[str, Any] | None = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        package = (globals or {}).get("__package__") or ""
        self._check(_absolute(name, package, level), fromlist or ())
        return self._import(name, globals, locals, fromlist or (), level)

    def _imports_module(self, name: str, package: str | None = None) -> ModuleType:
        level = len(name) - len(name.lstrip("."))
        self._check(_absolute(name[level:], package or "", level), ())
        return self._import_module(name, package)

    def _check(self, name: str, names: Sequence[str]) -> None:
        """Refuse, to the module's own files, also what is in memory already, where no finder is asked."""
        wanted = [f"{name}.{each}" for each in names] if name == "modules" else [name]
        for each in wanted:
            if each.partition(".")[0] in _HOST or self._is_elsewhere(each):
                asker = self._asker()
                if self._is_own(asker):
                    self._refuse(each, asker)
                    raise ModuleNotFoundError(f"No module named {each!r}", name=each)

    def _is_elsewhere(self, name: str) -> bool:
        top, _, rest = name.partition(".")
        return top in _TESTS or (top == "modules" and rest.partition(".")[0] not in ("", self._module))

    def _is_own(self, frame: FrameType | None) -> bool:
        return frame is not None and self.is_own_code(frame.f_code)

    def _asker(self) -> FrameType | None:
        """Return the frame that wants something, beyond those that only carry it out."""
        for frame in _frames(sys._getframe(1)):
            name = frame.f_globals.get("__name__", "")
            if name != __name__ and not name.startswith(_MACHINERY) and not frame.f_code.co_filename.startswith("<"):
                return frame
        return None

    def _refuse(self, wanted: str, asker: FrameType | None) -> None:
        file, line = "", 0
        if asker is not None:
            said = str(Line(asker.f_code.co_filename, asker.f_globals["__name__"], asker.f_lineno))
            file, line = said.rpartition(":")[0], asker.f_lineno
        problem = Problem(file, line, RULE, f"{self._module} reaches for {wanted}{_mend(wanted)}")
        if problem not in self.problems:
            self.problems.append(problem)


def _frames(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _absolute(name: str, package: str, level: int) -> str:
    try:
        return importlib.util.resolve_name("." * level + name, package)
    except ImportError:
        return name


def _is_tool(name: str) -> bool:
    """Say whether libraries may look for it, to offer something to those who test with it."""
    return name.partition(".")[0] != "modules" and name.partition(".")[0] != "tests"


def _mend(wanted: str) -> str:
    top, _, rest = wanted.partition(".")
    if top == "modules":
        return f"; ask the contract of {rest.partition('.')[0]} for it, as a Dependency in the container."
    if top in _HOST:
        return "; what a module needs of its host is a port in contracts/kit, as a Dependency in the container."
    return ", which is there only where tests run; keep it to the tests."
