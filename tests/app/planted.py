"""A module beside the shop's own, as an installed wheel brings one."""

from __future__ import annotations

from pathlib import Path


def plant_broken_module(folder: Path, line: str = 'raise RuntimeError("planted")') -> str:
    """Make a second portion of the `modules` namespace with a module that fails to import; return its place."""
    package = folder / "modules" / "broken"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "module.py").write_text(f"{line}\n")
    return str(folder)
