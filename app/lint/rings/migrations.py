"""A module's migrations change its own tables and no others, and leave behind what its store declares."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Set

from app.errors import LaunchRefused
from app.lint.contract_reader import ContractReader
from app.lint.problem import Problem
from app.lint.rolling.histories import histories_of
from app.lint.rolling.reader import ChangeReader
from app.lint.source import Source
from app.lint.tables.database import DatabaseReader
from app.lint.tables.facts import Step, TableFacts
from app.lint.tables.history import Tables, follow
from app.lint.tables.migration import RULE, MigrationFacts, MigrationReader
from app.lint.tables.owners import Owners, histories_in, order_of, owners_in
from app.lint.tables.reader import TableReader
from app.lint.world import World

READERS = (TableReader, MigrationReader, ChangeReader, DatabaseReader, ContractReader)


def judge(world: World) -> Iterator[Problem]:
    """Follow every module's history, and compare its end with the module's own files."""
    owners, histories = owners_in(world), histories_in(world)
    leaving = {module: {*history.leaving()} for module, history in histories_of(world).items()}
    stores: defaultdict[str, list[tuple[Source, TableFacts]]] = defaultdict(list)
    for name, facts in world.facts(TableReader, TableFacts).items():
        source = world.sources[name]
        if source.module is not None and not source.is_migration:
            stores[source.module].append((source, facts))
    yield from _disorder(world)
    for module in world.modules:
        strangers: list[tuple[str, Step]] = []
        tables = follow(histories.get(module, []), strangers)
        for name, step in strangers:
            text = owners.complaint(module, step, "has made before")
            if text is not None:
                yield Problem(world.sources[name].file, step.line, RULE, text)
        yield from _drift(world, module, tables, stores[module], owners, leaving.get(module, set()))


def _disorder(world: World) -> Iterator[Problem]:
    by_module: defaultdict[str, dict[str, MigrationFacts]] = defaultdict(dict)
    for name, facts in world.facts(MigrationReader, MigrationFacts).items():
        by_module[name.split(".")[1]][name] = facts
    for module, found in by_module.items():
        try:
            order_of(module, found)
        except LaunchRefused as refusal:
            yield Problem(world.sources[min(found)].file, 0, RULE, f"{refusal} Mend revision and down_revision.")


def _drift(
    world: World,
    module: str,
    tables: Tables,
    store: list[tuple[Source, TableFacts]],
    owners: Owners,
    leaving: Set[str],
) -> Iterator[Problem]:
    named = {step.table for _, facts in store for step in facts.steps}
    for table, left in tables.items():
        if table not in named and table not in leaving:
            text = f"{module} has table {table} left by its migrations, which nothing in it uses; declare or drop it."
            yield Problem(world.sources[left.file].file, left.line, RULE, text)
    for source, facts in store:
        for step in facts.steps:
            if step.deed == "declares":
                difference = _difference(module, step, tables, owners, leaving)
                if difference is not None:
                    yield Problem(source.file, step.line, RULE, difference)


def _difference(module: str, step: Step, tables: Tables, owners: Owners, leaving: Set[str]) -> str | None:
    left = tables.get(step.table)
    if left is None:
        if owners.owner_of(step.table) is not None:
            return None  # another module's, which the rule of own data says
        return f"{module} declares table {step.table}, which no migration of it makes; write the migration."
    if left.columns is None or step.columns is None:
        return None
    differing = set(left.columns) ^ set(step.columns)
    names = ", ".join(sorted(name for name in differing if f"{step.table}.{name}" not in leaving))
    if not names:
        return None
    return (
        f"{module} declares table {step.table} otherwise than its migrations leave it ({names}); write the migration."
    )
