"""`freestone check`, on this project and on a large one made by code: with what it keeps between runs, and without."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

from bench.estate import ROOT, build
from bench.figures import Figure

MODULES = 200
ROUNDS = 5

_CACHES = (".freestone_cache", ".import_linter_cache")


def measure() -> list[Figure]:
    """Return the seconds that a check takes, the start of its process included."""
    figures = _rounds(ROOT, "check", "this project", "≤ 3")
    with tempfile.TemporaryDirectory(prefix="freestone-estate-") as name:
        folder = Path(name)
        files = build(folder, MODULES)
        _freestone(folder, "contracts", "accept")
        _freestone(folder, "architecture", "--write")
        figures += _rounds(folder, "check_estate", f"{MODULES} modules, {files:,} files", "≤ 15")
    return figures


def _rounds(folder: Path, name: str, what: str, aim: str) -> list[Figure]:
    cold, warm = [], []
    for _ in range(ROUNDS):
        for cache in _CACHES:
            shutil.rmtree(folder / cache, ignore_errors=True)
        cold.append(_freestone(folder, "check"))
        warm.append(_freestone(folder, "check"))
    return [
        Figure(f"{name}_warm_s", f"freestone check, {what}, nothing changed", "s", tuple(warm), aim),
        Figure(f"{name}_cold_s", f"freestone check, {what}, for the first time", "s", tuple(cold)),
    ]


def _freestone(folder: Path, *arguments: str) -> float:
    # -S leaves out the .pth file by which this project's modules would join the other's.
    paths = (str(folder), sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))
    began = time.perf_counter()
    result = subprocess.run(
        [sys.executable, "-S", "-c", "from app.cli import main; main()", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))},
        capture_output=True,
        text=True,
        check=False,
    )
    took = time.perf_counter() - began
    if result.returncode:
        raise RuntimeError(
            f"freestone {' '.join(arguments)} in {folder}: {result.stdout[-2000:]}{result.stderr[-2000:]}"
        )
    return took
