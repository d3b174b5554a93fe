"""Finds the modules: the only place that imports them."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

from app.runtime.part import Part, make_part
from contracts.kit import Module


def find_modules() -> list[Part]:
    """Return every module in the `modules` namespace, in the tree or installed, sorted by name."""
    try:
        import modules
    except ModuleNotFoundError:
        return []
    return [find_module(name) for name in sorted(each.name for each in pkgutil.iter_modules(modules.__path__))]


def find_module(name: str) -> Part:
    """Return one module; one that cannot be imported, or whose container cannot be made, with the reason."""
    try:
        package = importlib.import_module(f"modules.{name}")
        module = importlib.import_module(f"modules.{name}.module").module
        if not isinstance(module, Module) or module.name != name:
            raise TypeError(f"modules/{name}/module.py must define module = Module(name={name!r}, …)")
        return make_part(module, Path(str(package.__file__)).parent)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it is, the other modules shall serve
        part = Part(name)
        part.fail("could not be imported", error)
        return part
