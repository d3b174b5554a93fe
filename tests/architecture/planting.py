"""A copy of the project's sources, in which boundaries can be broken and checked."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from app.lint.cache import FOLDER as CACHE
from app.lint.packages import read_project, requirement_for

ROOT = Path(__file__).parents[2]

# Whatever `freestone check` reads. Its cache comes along, so that only what is planted must be read.
_JUDGED = (
    *("app", "bench", "contracts", "docs/architecture", "modules", "tests"),
    *(".gitignore", ".importlinter", "architecture.toml", "pyproject.toml", CACHE),
)

_WRITTEN = "# Written for a planted module that brought none."


class Project:
    """A project in a `folder` of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def check(self, *arguments: str) -> list[str]:
        """Run `freestone check`; return what it says, line by line."""
        result = self.freestone("check", *arguments)
        assert result.returncode in {0, 1}, result.stderr
        assert not result.stderr
        *lines, last = result.stdout.splitlines()
        assert last == (f"{len(lines)} problem{'s' * (len(lines) != 1)}." if result.returncode else last)
        return lines

    def freestone(self, *arguments: str, beside: Sequence[Path] = ()) -> subprocess.CompletedProcess[str]:
        """Run a command of the copy, with more on the path ``beside`` it, as if that were installed."""
        return self.python("from app.cli import main; main()", *arguments, beside=beside)

    def lint_imports(self) -> subprocess.CompletedProcess[str]:
        """Run import-linter alone."""
        run = "from importlinter.cli import lint_imports_command as run; run()"
        return self.python(run, "--no-cache", "--no-logo")

    def python(self, code: str, *arguments: str, beside: Sequence[Path] = ()) -> subprocess.CompletedProcess[str]:
        """Run Python code in the project's folder."""
        # -S leaves out the .pth file of the editable installation: through it, the repository's own modules
        # would join the copy's in one namespace.
        paths = [str(self.folder), *map(str, beside), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
        return subprocess.run(
            [sys.executable, "-S", "-c", code, *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )


class Tree(Project):
    """A copy of this project's sources."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        for name in _JUDGED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            elif (ROOT / name).exists():
                shutil.copy(ROOT / name, folder / name)

    def plant(self, files: Mapping[str, str]) -> None:
        """Write files; one that is there already grows by it at its end."""
        for file, source in files.items():
            path = self.folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as stream:
                stream.write(source if source.endswith("\n") else f"{source}\n")
        for folder in {"/".join(file.split("/")[:2]) for file in files if re.match("modules/[^/]+/", file)}:
            self._declare_packages(self.folder / folder)

    @contextmanager
    def planted(self, files: Mapping[str, str]) -> Iterator[None]:
        """Plant files for a while; planted modules go as a whole."""
        before = {file: (self.folder / file).read_bytes() if (self.folder / file).exists() else None for file in files}
        modules = {each.name for each in (self.folder / "modules").iterdir()}
        self.plant(files)
        try:
            yield
        finally:
            for file, data in before.items():
                if data is None:
                    (self.folder / file).unlink()
                else:
                    (self.folder / file).write_bytes(data)
            for each in (self.folder / "modules").iterdir():
                if each.name not in modules:
                    shutil.rmtree(each)

    def _declare_packages(self, folder: Path) -> None:
        """Write the pyproject.toml of a planted module that brings none, with the packages that it imports."""
        file = folder / "pyproject.toml"
        if file.exists() and _WRITTEN not in file.read_text("utf-8"):
            return
        installed = read_project(ROOT / "pyproject.toml").requirements
        trees = (ast.parse(path.read_bytes()) for path in folder.rglob("*.py") if _is_python(path.read_bytes()))
        names = {name for tree in trees for name in _imported(tree)} - sys.stdlib_module_names - set(_JUDGED)
        needed = sorted({requirement_for(name, installed) for name in names})
        file.write_text(f"{_WRITTEN}\n[project]\ndependencies = {json.dumps(needed)}\n", "utf-8")


def _is_python(data: bytes) -> bool:
    try:
        ast.parse(data)
    except (SyntaxError, ValueError):
        return False
    return True


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name.partition(".")[0] for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
