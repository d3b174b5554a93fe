"""The cookhouse as a process of its own: `freestone serve`, with the kitchen's modules beside the store's."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from app.placement.runfolder import RunFolder
from tests.carriers.house import COOKHOUSE, LIMIT, MODULES
from tests.serving import FREESTONE, environment

_HERE = Path(__file__).parent
_TOPOLOGY = f"""
[hosts.{COOKHOUSE}]
modules = {list(MODULES[COOKHOUSE])}
start = false
"""
PATIENCE = 30.0
"""Seconds until a process that does not stop is killed."""


class Child(NamedTuple):
    """A process, and the file with what it logs."""

    process: subprocess.Popen[bytes]
    log: Path


@contextmanager
def launched(data: Path) -> Iterator[Child]:
    """Run the cookhouse over a data folder until the end of the block."""
    folder = data.parent
    log = folder / "cookhouse.log"
    (folder / "freestone.toml").write_text(_TOPOLOGY.replace("'", '"'))
    path = os.pathsep.join((str(_plant(folder / "installed")), str(_HERE.parents[1])))
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*FREESTONE, "serve", *MODULES[COOKHOUSE]],
            cwd=folder,
            env=environment(data, LIMIT=str(LIMIT), PATIENCE="1") | {"PYTHONPATH": path},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Child(process, log)
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        finally:
            process.kill()
            shutil.rmtree(RunFolder(data).path, ignore_errors=True)  # where it was killed it has left its sockets


def _plant(folder: Path) -> Path:
    """Make another portion of the `modules` namespace, as installed wheels would."""
    for modules in MODULES.values():
        for name in modules:
            package = folder / "modules" / name
            package.mkdir(parents=True)
            (package / "__init__.py").touch()
            (package / "module.py").write_text(f"from tests.carriers.house import {name} as module\n")
    (folder / "modules" / "kitchen" / "migrations").symlink_to(_HERE / "migrations")
    return folder
