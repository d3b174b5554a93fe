"""Everything that the rings judge: the files, what was read from them, and who imports whom."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec
from grimp import ImportGraph

from app.lint.reader import Reader
from app.lint.source import Source

F = TypeVar("F", bound=msgspec.Struct)


class World:
    """The project below ``root``: its ``sources`` by dotted name, and the ``graph`` of their imports.

    The graph has external packages as single nodes, by their top-level names.
    """

    def __init__(
        self,
        root: Path,
        sources: Mapping[str, Source],
        graph: ImportGraph,
        facts: Mapping[str, Mapping[str, bytes]],
    ) -> None:
        self.root = root
        self.sources = sources
        self.graph = graph
        self._facts = facts

    def facts(self, reader: type[Reader], facts: type[F]) -> dict[str, F]:
        """Return what a reader gave out, by the dotted name of the file; ``facts`` is the reader's own type."""
        decoder = msgspec.msgpack.Decoder(facts)
        return {name: decoder.decode(raw) for name, raw in self._facts.get(reader.__name__, {}).items()}

    @property
    def modules(self) -> list[str]:
        """The business modules, sorted."""
        return sorted({source.module for source in self.sources.values() if source.module is not None})
