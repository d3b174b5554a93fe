"""Small sources, read and judged without a file being written."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
from grimp import ImportGraph

from app.lint.problem import Problem
from app.lint.reader import Reader, read
from app.lint.source import Source
from app.lint.world import World

_ROOT = Path(__file__).parents[3]

ORDERS = "modules.orders.service"


def source_of(name: str) -> Source:
    """Return the file of a dotted name; one that ends with a dot is a package."""
    file = f"{name.replace('.', '/')}__init__.py" if name.endswith(".") else f"{name.replace('.', '/')}.py"
    return Source(Path(file), file, name.rstrip("."))


def said(readers: Iterable[type[Reader]], text: str, name: str = ORDERS) -> list[str]:
    """Return what the readers report of one file: `line: rule: sentence`."""
    return [f"{each.line}: {each.rule}: {each.text}" for each in sorted(_read(readers, text, source_of(name))[0])]


def lines(readers: Iterable[type[Reader]], text: str, name: str = ORDERS) -> list[int]:
    """Return the lines that the readers report."""
    return sorted({each.line for each in _read(readers, text, source_of(name))[0]})


def world_of(
    files: Mapping[str, str], readers: Iterable[type[Reader]], imports: Collection[tuple[str, str]] = ()
) -> World:
    """Return files as the rings see them; ``imports`` are the edges of the graph, importer first."""
    graph = ImportGraph()
    facts: dict[str, dict[str, bytes]] = {}
    sources = {}
    for name, text in files.items():
        source = source_of(name)
        sources[source.name] = source
        graph.add_module(source.name)
        for reader, raw in _read(readers, text, source)[1].items():
            facts.setdefault(reader, {})[source.name] = raw
    for importer, imported in imports:
        graph.add_import(importer=importer, imported=imported)
    return World(Path(), sources, graph, facts)


def said_elsewhere(readers: Sequence[type[Reader]], place: str) -> list[str]:
    """Return what would be said of a file of the repository, or of a package's, if its name were another."""
    path = _ROOT / place.replace(".", "/")
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
    elsewhere = f"{place.partition('.')[0]}.elsewhere"
    return [each for file in files for each in said(readers, file.read_text(encoding="utf-8"), elsewhere)]


def _read(readers: Iterable[type[Reader]], text: str, source: Source) -> tuple[list[Problem], dict[str, bytes]]:
    shown = [reader(source) for reader in readers if reader.reads(source)]
    read(ast.parse(text), shown)
    facts = {type(each).__name__: each.facts() for each in shown}
    return (
        [problem for each in shown for problem in each.problems],
        {name: msgspec.msgpack.encode(fact) for name, fact in facts.items() if fact is not None},
    )
