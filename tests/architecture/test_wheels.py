"""A module is a wheel of its own: built from its folder and installed, it is found like those in the tree."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.architecture.planting import ROOT

FOUND = """
from app.wiring import find_modules
(part,) = find_modules()
print(part.name, part.failure, part.folder, *(each.name for each in part.needs))
"""


def test_a_module_s_wheel_brings_it_to_where_the_host_looks(tmp_path: Path) -> None:
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input")
    alone = ("--no-deps", "--no-index")
    folder = ROOT / "modules" / "storefront"
    _run(tmp_path, *pip, "wheel", *alone, "--no-build-isolation", "-w", "wheels", str(folder))
    (wheel,) = (tmp_path / "wheels").iterdir()
    assert wheel.name == "freestone_storefront-0.1.0-py3-none-any.whl"
    _run(tmp_path, *pip, "install", *alone, "--no-compile", "--target", "installed", str(wheel))
    host = tmp_path / "host"
    host.mkdir()
    for package in ("app", "contracts"):
        (host / package).symlink_to(ROOT / package)
    found = _run(tmp_path, sys.executable, "-S", "-c", FOUND, paths=(tmp_path / "installed", host))
    installed = tmp_path / "installed" / "modules" / "storefront"
    assert found == f"storefront None {installed} catalog accounts carts inventory orders\n"
    assert {each.suffix for each in installed.rglob("*.*")} > {".css", ".html", ".py"}


def _run(here: Path, *command: str, paths: tuple[Path, ...] = ()) -> str:
    """Run a command, with these folders before what is installed; -S keeps the repository's own modules away."""
    searched = [*map(str, paths), *dict.fromkeys(map(sysconfig.get_path, ("purelib", "platlib")))] if paths else []
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(searched)}
    done = subprocess.run(command, cwd=here, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
