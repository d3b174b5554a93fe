"""A portion of the `contracts` namespace in a folder, for a while."""

from __future__ import annotations

import importlib
import itertools
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import contracts
from app.lint.source import Source

_numbers = itertools.count()

SHOP = '''"""A shop."""

from typing import Protocol

from contracts.kit import Message, atomic, command, contract, query


class Thing(Message):
    name: str
    size: int


@contract(version=1, name="{name}")
class Planted(Protocol):
    @query()
    async def look(self) -> Thing: ...

    @command(atomic)
    async def buy(self) -> Thing: ...
'''


@contextmanager
def planted(folder: Path, files: Mapping[str, str]) -> Iterator[list[Source]]:
    """Put files into a folder and make `contracts.<name>` of them, each name new to this process."""
    portion = folder / "contracts"
    portion.mkdir(exist_ok=True)
    sources = []
    for name, text in files.items():
        path = portion / f"{name}_{next(_numbers)}.py"
        path.write_text(text)
        sources.append(Source(path, f"contracts/{name}.py", f"contracts.{path.stem}"))
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    assert str(portion) in list(contracts.__path__)
    try:
        yield sources
    finally:
        sys.path.remove(str(folder))
        for source in sources:
            sys.modules.pop(source.name, None)


def names(sources: Iterable[Source]) -> dict[str, str]:
    """What `declared` is given: the files by dotted name."""
    return {each.name: each.file for each in sources}
