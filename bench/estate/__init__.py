"""A large project that follows the house, made by code: as many modules as one asks for, with a contract each."""

from __future__ import annotations

import shutil
from pathlib import Path

from bench.estate.files import files_of

ROOT = Path(__file__).parents[2]

_KEPT = ("app", "contracts/kit", "contracts/values.py", ".importlinter", "pyproject.toml")
"""What a project takes over; the rest of this one is its shop."""


def build(folder: Path, modules: int) -> int:
    """Write the project, always the same; return how many Python files it has.

    Every module but the first has 50 of them, with its contract and its tests. It needs the contracts of one or two
    that came before it, and listens to one of these.
    """
    for name in _KEPT:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)
    for package in ("bench", "tests", "tests/modules"):
        _write(folder, f"{package}/__init__.py", "")
    for number in range(modules):
        needs = sorted({number * 7 // 11, number * 3 // 5} - {number})
        for name, text in files_of(number, needs):
            _write(folder, name, text)
    return sum(1 for _ in folder.rglob("*.py"))


def _write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
