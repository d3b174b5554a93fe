"""Which tables belong to which module: those that its migrations leave behind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from app.data.history import Revision, in_line
from app.errors import LaunchRefused
from app.lint.contract_reader import ContractFacts, ContractReader
from app.lint.reader import Reader
from app.lint.reading import read_files
from app.lint.source import Source
from app.lint.tables.facts import Step, TableFacts
from app.lint.tables.history import FRAMEWORK, Table, Tables, follow
from app.lint.tables.migration import MigrationFacts, MigrationReader
from app.lint.tables.reader import TableReader
from app.lint.world import World

F = TypeVar("F", bound=msgspec.Struct)

_NOTHING = TableFacts((), ())

History = list[tuple[str, TableFacts]]
"""The migrations of a module, first to last: the dotted name of each, and what it says."""


class Owners:
    """The tables of every module; ``contracts`` are the names of those that each provides."""

    def __init__(self, tables: Mapping[str, Tables], contracts: Mapping[str, Iterable[str]]) -> None:
        self._tables = tables
        self._contracts = contracts

    def tables_of(self, module: str) -> Mapping[str, Table]:
        """Return what a module's migrations leave behind."""
        return self._tables.get(module, {})

    def owner_of(self, table: str) -> str | None:
        """Return the first module that has such a table, None where there is none."""
        return next((module for module, tables in sorted(self._tables.items()) if table in tables), None)

    def contracts_of(self, module: str) -> str:
        """Name what to ask for a module's data."""
        return " or ".join(sorted(self._contracts.get(module, ()))) or "its contract"

    def complaint(self, module: str, step: Step, made: str = "makes") -> str | None:
        """Say what is wrong with a step whose table the module does not have; None where nothing is known to be."""
        said, owner = f"{module} {step.how} table {step.table}", self.owner_of(step.table)
        if step.table.startswith(FRAMEWORK):
            return f"{said}, which belongs to the host; leave it alone: work.publish() and listens= do what it is for."
        if owner is not None and owner != module:
            return f"{said} of {owner}; ask {self.contracts_of(owner)} for it."
        if step.deed == "perhaps":
            return None
        return f"{said}, which no migration of {module} {made}; make it in one, or correct the name."


def order_of(module: str, found: Mapping[str, MigrationFacts]) -> list[str]:
    """Return the names of a module's migrations, first to last; `LaunchRefused` where they form no line."""
    revisions = (
        Revision(facts.revision, facts.before, facts.oldest, Path(f"{name.rpartition('.')[2]}.py"))
        for name, facts in sorted(found.items())
    )
    names = {facts.revision: name for name, facts in found.items()}
    return [names[each.id] for each in in_line(module, revisions)]


def histories(facts: Mapping[str, TableFacts], found: Mapping[str, MigrationFacts]) -> dict[str, History]:
    """Return every module's history; one in disorder, in the order of the files' names."""
    by_module: defaultdict[str, dict[str, MigrationFacts]] = defaultdict(dict)
    for name, each in found.items():
        by_module[name.split(".")[1]][name] = each
    result = {}
    for module, migrations in by_module.items():
        try:
            order = order_of(module, migrations)
        except LaunchRefused:
            order = sorted(migrations)
        result[module] = [(name, facts.get(name, _NOTHING)) for name in order]
    return result


def histories_in(world: World) -> dict[str, History]:
    """Return the history of every module of the world that has one."""
    return histories(world.facts(TableReader, TableFacts), world.facts(MigrationReader, MigrationFacts))


def owners_in(world: World) -> Owners:
    """Return whose the tables of the world are."""
    contracts = {
        name.split(".")[1]: tuple(facts.contracts)
        for name, facts in world.facts(ContractReader, ContractFacts).items()
        if name.count(".") == 1
    }
    return Owners({module: follow(history) for module, history in histories_in(world).items()}, contracts)


def tables_by_module(world: World) -> dict[str, tuple[str, ...]]:
    """Return the tables of every module, sorted; none for one that keeps no data."""
    found = histories_in(world)
    return {module: tuple(sorted(follow(found.get(module, ())))) for module in world.modules}


def histories_of(sources: Iterable[Source]) -> dict[str, History]:
    """Return the history of every module that has one among these files, which are read for it."""
    migrations = [each for each in sources if each.is_migration]
    readings = read_files([(each, each.path.read_bytes()) for each in migrations], (TableReader, MigrationReader))
    read = [(source.name, reading.facts) for source, reading in zip(migrations, readings, strict=True)]
    return histories(_decoded(read, TableReader, TableFacts), _decoded(read, MigrationReader, MigrationFacts))


def _decoded(
    read: Iterable[tuple[str, Mapping[str, msgspec.Raw]]], reader: type[Reader], facts: type[F]
) -> dict[str, F]:
    decoder, key = msgspec.msgpack.Decoder(facts), reader.__name__
    return {name: decoder.decode(found[key]) for name, found in read if key in found}
