"""`freestone check` without its command: everything that can be said of the sources without running the store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
from grimp.exceptions import GrimpException

from app.errors import LaunchRefused
from app.lint.all_rings import IMPORTING, READERS, RINGS
from app.lint.apart import NoAnswer, apart
from app.lint.cache import Cache
from app.lint.config import Configuration, read_configuration
from app.lint.exceptions import Exceptions
from app.lint.graph import build_graph
from app.lint.import_contracts import broken
from app.lint.patterns import check_patterns
from app.lint.problem import Problem
from app.lint.reading import Reading
from app.lint.readings import readings_of
from app.lint.source import Source, find_sources, folders_of
from app.lint.world import World


class Report(msgspec.Struct, frozen=True):
    """What there is to say, sorted, and of how much."""

    problems: tuple[Problem, ...]
    files: int
    contracts: int
    modules: int
    exceptions: int


def check(root: Path, *, accept: bool = False, today: date | None = None) -> Report:
    """Judge the project in ``root``, from which its packages must be imported.

    ``accept`` raises the number of exceptions that are accepted; they are judged for ``today``.
    """
    configuration, readings, world = _read(root)
    found = {problem for reading in readings.values() for problem in reading.problems}
    if world is not None:
        found.update(_judge(configuration, world))
    found.update(configuration.problems)
    exceptions = Exceptions(root)
    exceptions.keep_number(accept)
    today = today or datetime.now(UTC).date()
    return Report(
        problems=tuple(exceptions.left(sorted(found), today, all_judged=world is not None)),
        files=len(readings),
        contracts=len(configuration.contracts),
        modules=0 if world is None else len(world.modules),
        exceptions=len(exceptions),
    )


def read_world(root: Path) -> World:
    """Return what the rings judge; a launch is refused where it cannot be read."""
    configuration, readings, world = _read(root)
    if world is None:
        unreadable = [problem for reading in readings.values() if not reading.readable for problem in reading.problems]
        raise LaunchRefused(str(min([*configuration.problems, *unreadable])))
    return world


def _read(root: Path) -> tuple[Configuration, dict[str, Reading], World | None]:
    configuration = read_configuration(root)
    _check_place(configuration.roots, root)
    sources = find_sources(configuration.roots, root)
    readings = readings_of(sources, READERS, Cache(root))
    # Grimp is not asked about files that Python cannot read: some of them would end the process.
    if not configuration.roots or not all(reading.readable for reading in readings.values()):
        return configuration, readings, None
    graph = build_graph(configuration, root)
    if graph is None:
        return configuration, readings, None
    return (
        configuration,
        readings,
        World(root, {source.name: source for source in sources}, graph, _facts(sources, readings)),
    )


def _check_place(packages: Iterable[str], root: Path) -> None:
    for package in packages:
        here, folders = root / package, folders_of(package)
        if here.is_dir() and here.resolve() not in {folder.resolve() for folder in folders}:
            raise LaunchRefused(
                f"{here} would not be judged, but {folders[0]}: use the freestone that is installed from here."
            )


def _judge(configuration: Configuration, world: World) -> Iterator[Problem]:
    """Yield what the import graph and the rings say."""
    check_patterns(configuration, world.graph)
    for contract, options in configuration.contracts:
        try:
            yield from broken(contract, options, world)
        except (ValueError, GrimpException) as error:
            configuration.note_in(options["id"], "type", f"the rule cannot be judged: {error}")
    for ring in RINGS:
        yield from ring.judge(world)
    try:
        yield from apart(lambda: (problem for ring in IMPORTING for problem in ring.judge(world)))
    except NoAnswer as ending:
        mend = "look for what a file of theirs does when it is imported, which must be nothing"
        yield Problem("modules", 0, "unimportable", f"importing the contracts and modules {ending}; {mend}.")


def _facts(sources: Iterable[Source], readings: Mapping[str, Reading]) -> dict[str, dict[str, bytes]]:
    facts: dict[str, dict[str, bytes]] = defaultdict(dict)
    for source in sources:
        for reader, raw in readings[source.file].facts.items():
            facts[reader][source.name] = bytes(raw)
    return facts
