"""All that is delivered lies in app, contracts and modules: what lay beside them no rule would judge."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator
from configparser import ConfigParser
from configparser import Error as NotRead
from pathlib import Path

from app.lint.forbidden.forbidden import EVERYWHERE
from app.lint.problem import Problem
from app.lint.reader import Reader
from app.lint.world import World

RULE = "unlisted-package"

NOT_DELIVERED = frozenset({
    "bench", "build", "conftest.py", "dist", "docs", "node_modules", "noxfile.py", "setup.py", "tests", "venv",
})  # fmt: skip
"""What a project's folder holds for those who work on it."""

_PYTHON = (".py", ".pyc", ".pyd", ".pyw", ".pyx", ".so")

READERS: tuple[type[Reader], ...] = ()


def judge(world: World) -> Iterator[Problem]:
    """Yield Python beside the packages, and packages that .importlinter lists too many or too few."""
    for path in unlisted(world.root):
        yield Problem(
            path.name,
            0,
            RULE,
            f"{path.name} holds Python that no rule judges; move it into a module, or, if nothing delivered needs it, "
            "into tests or bench.",
        )
    yield from _borrowed(world)
    listed = _roots(world.root / ".importlinter")
    for package in sorted(EVERYWHERE - listed):
        if (world.root / package).is_dir():
            text = f"root_packages leaves out {package}, so that the import graph ends there; add it."
            yield Problem(".importlinter", 0, RULE, text)
    for package in sorted(listed - EVERYWHERE - NOT_DELIVERED):
        if not (world.root / package).is_dir():
            continue  # misspelt, as the check of the configuration says
        text = f"root_packages lists {package}, for which there are no rules; move it into a module."
        yield Problem(".importlinter", 0, RULE, text)


def _borrowed(world: World) -> Iterator[Problem]:
    """Yield imports of what lies beside the packages, though it be ignored by git or meant for those who work here."""
    judged = {source.package for source in world.sources.values()}
    for name in sorted(each for each in world.graph.modules if "." not in each and each not in judged):
        if not any(path.exists() for path in (world.root / name, world.root / f"{name}.py")):
            continue
        for importer in sorted(world.graph.find_modules_that_directly_import(name) & world.sources.keys()):
            source = world.sources[importer]
            if source.package in EVERYWHERE:
                text = f"{importer} imports {name}, which lies beside the packages, where no rule judges it; "
                yield Problem(
                    source.file,
                    min(
                        each["line_number"] for each in world.graph.get_import_details(importer=importer, imported=name)
                    ),
                    RULE,
                    f"{text}move what it needs into a package.",
                )


def unlisted(root: Path) -> Iterator[Path]:
    """Yield the files and folders beside the packages that hold Python, save what git is told to ignore."""
    ignored = _ignored(root / ".gitignore")
    for path in sorted(root.iterdir()):
        if path.name in EVERYWHERE | NOT_DELIVERED or path.name.startswith("."):
            continue
        if any(fnmatch.fnmatchcase(path.name, pattern) for pattern in ignored):
            continue
        if path.suffix in _PYTHON if path.is_file() else _holds_python(path):
            yield path


def _holds_python(folder: Path) -> bool:
    if (folder / "pyvenv.cfg").exists():
        return False
    return any(name.endswith(_PYTHON) for _, _, files in os.walk(folder) for name in files)


def _ignored(file: Path) -> list[str]:
    """Return what .gitignore says of the top folder itself; what it says of deeper ones is not needed here."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    names = [line.strip().strip("/") for line in lines if line.strip() and line[0] not in "#!"]
    return [name for name in names if "/" not in name]


def _roots(file: Path) -> frozenset[str]:
    said = ConfigParser()
    try:
        said.read(file, encoding="utf-8")
    except NotRead:  # the check of the configuration says so
        return EVERYWHERE
    return frozenset(said.get("importlinter", "root_packages", fallback="").split())
