"""The third-party packages that a module declares: what its wheel asks pip to install."""

from __future__ import annotations

import contextlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import TypeAlias

import msgspec

from app.lint.source import folders_of

_NAME = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:$|[\[(<>=!~;@])")


Requirements: TypeAlias = Mapping[str, tuple[str, int]]
"""Requirements as they are written, with their lines, by the packages' normalised names."""


class PackagesError(Exception):
    """What a module declares cannot be known; the sentence says why, and what to write."""

    def __init__(self, text: str, line: int = 0) -> None:
        super().__init__(text)
        self.line = line


class Declaration(msgspec.Struct, frozen=True):
    """The packages that a module, or the project, asks for.

    ``file`` is the pyproject.toml, None for an installed module that came without one; ``wheel_folder`` is where its
    wheel puts the files, None where hatchling, which says so, does not build it.
    """

    file: Path | None
    requirements: Requirements
    wheel_folder: str | None = None


def packages_of(module: str) -> tuple[str, ...]:
    """Return the names of the packages that a module declares, normalised and sorted.

    None where they cannot be known: that is for the contract `module-packages` to report.
    """
    try:
        folder = next((each / module for each in folders_of("modules") if (each / module).is_dir()), None)
        declared = folder and declared_in(folder)
    except PackagesError:
        return ()
    return tuple(sorted(declared.requirements)) if declared else ()


def declared_in(folder: Path) -> Declaration | None:
    """Return what the module in ``folder`` declares: in the pyproject.toml beside its code, or as it was installed."""
    file = folder / "pyproject.toml"
    if file.is_file():
        return read_project(file)
    requirements = _installed(folder)
    return None if requirements is None else Declaration(None, _by_name(requirements, ""))


def read_project(file: Path) -> Declaration:
    """Return what a pyproject.toml declares."""
    try:
        text = file.read_text("utf-8")
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PackagesError(f"this is no TOML: {error}; correct it.") from None
    hatch = _at(table, "build-system", "build-backend") == "hatchling.build"
    wheel = _at(table, "tool", "hatch", "build", "targets", "wheel")
    folder = _at(wheel, "sources", "") or _at(wheel, "force-include", ".")
    return Declaration(file, _by_name(_dependencies(table), text), str(folder) if hatch else None)


def normalised(name: str) -> str:
    """Return a package's name as pip compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def import_names(package: str) -> frozenset[str] | None:
    """Return the top-level names that an installed package brings, None where it is not installed."""
    try:
        found = metadata.distribution(package)
    except metadata.PackageNotFoundError:
        return None
    listed = (found.read_text("top_level.txt") or "").split()
    files = {each.parts[0].partition(".")[0] for each in found.files or () if each.suffix in {".py", ".so", ".pyd"}}
    return frozenset({*listed, *files})


def requirement_for(name: str, installed: Requirements) -> str:
    """Return what to write for an imported name: as the project itself writes it, where it does."""
    package = normalised(name)
    if package not in installed:  # only then, for it takes time to ask all packages
        package = min(map(normalised, metadata.packages_distributions().get(name, ())), default=package)
    return installed.get(package, (package, 0))[0]


def _at(table: object, *keys: str) -> object:
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table


def _dependencies(table: Mapping[str, object]) -> list[str]:
    found = _at(table, "project", "dependencies")
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise PackagesError(
            "[project] has no list of dependencies; write one, empty where the module imports nothing but contracts."
        )
    return found


def _by_name(requirements: Iterable[str], text: str) -> dict[str, tuple[str, int]]:
    lines = text.splitlines()
    found = {}
    for each in requirements:
        line = next((number for number, line in enumerate(lines, 1) if f'"{each}"' in line or f"'{each}'" in line), 0)
        name = _NAME.match(each.strip())
        if name is None:
            raise PackagesError(f"{each!r} names no package; write it as in `msgspec>=0.22`.", line)
        found[normalised(name[1])] = (each, line)
    return found


def _installed(folder: Path) -> list[str] | None:
    """Return the requirements of the distribution that brought the folder, those of its extras left out."""
    inside = ("modules", folder.name)
    for found in _candidates(folder.name):
        if any(each.parts[:2] == inside and Path(str(found.locate_file(each))).is_file() for each in found.files or ()):
            return [each for each in found.requires or () if "extra ==" not in each]
    return None


def _candidates(module: str) -> Iterable[metadata.Distribution]:
    with contextlib.suppress(metadata.PackageNotFoundError):
        yield metadata.distribution(f"freestone-{module.replace('_', '-')}")
    yield from metadata.distributions()
