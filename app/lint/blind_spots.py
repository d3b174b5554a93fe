"""Python files that the import linter does not see, and so would never judge.

It does not enter a folder without `__init__.py` inside a package, and skips files with a dot in their name.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Collection, Iterator
from pathlib import Path

# Modules and contracts may come from several installed distributions: an __init__.py would hide all but one.
NAMESPACES = frozenset({"contracts", "modules"})


def unseen(root_packages: Collection[str], seen: Collection[str]) -> Iterator[str]:
    """Yield a sentence for every file of the root packages that is not among the modules `seen`."""
    for root in root_packages:
        for folder in _folders(root):
            if root in NAMESPACES and (folder / "__init__.py").exists():
                yield f"{root}/__init__.py hides what other distributions bring to {root}: delete it."
            for file in sorted(folder.rglob("*.py")):
                path = file.relative_to(folder.parent)
                if _module_name(path) not in seen:
                    yield f"{path} is not seen by the import linter: its folder needs an __init__.py, its name no dot."


def _folders(package: str) -> list[Path]:
    spec = importlib.util.find_spec(package)
    locations = spec.submodule_search_locations if spec else None
    return [Path(folder) for folder in dict.fromkeys(locations or ())]


def _module_name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
