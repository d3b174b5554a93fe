"""A module uses its own tables and no others: what belongs to another module is asked for by its contract."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Set

from app.lint.contract_reader import ContractReader
from app.lint.problem import Problem
from app.lint.tables.database import RULE, DatabaseReader
from app.lint.tables.facts import Step, TableFacts
from app.lint.tables.history import is_within
from app.lint.tables.migration import MigrationReader
from app.lint.tables.owners import Owners, owners_in, tables_by_module
from app.lint.tables.reader import TableReader
from app.lint.world import World

__all__ = ["READERS", "judge", "tables_by_module"]

READERS = (TableReader, MigrationReader, DatabaseReader, ContractReader)


def judge(world: World) -> Iterator[Problem]:
    """Compare the tables that each file names with those that its module has."""
    owners = owners_in(world)
    said = world.facts(TableReader, TableFacts)
    classes: defaultdict[str, set[str]] = defaultdict(set)
    for name, facts in said.items():
        classes[name.split(".")[1]].update(facts.classes)
    for name, facts in said.items():
        source = world.sources[name]
        if source.module is not None and not source.is_migration:
            held = {step.table for step in facts.steps if step.deed == "holds"}
            for step in facts.steps:
                text = _judged(source.module, step, held, owners, classes)
                if text is not None:
                    yield Problem(source.file, step.line, RULE, text)


def _judged(module: str, step: Step, held: Set[str], owners: Owners, classes: Mapping[str, Set[str]]) -> str | None:
    if step.deed == "maps":
        owner = next((each for each, names in sorted(classes.items()) if step.table in names), None)
        if owner is None or step.table in classes.get(module, ()):
            return None
        return f"{module} {step.how} {step.table} of {owner}; keep its id, and ask {owners.contracts_of(owner)} for it."
    if is_within(step.table, owners.tables_of(module), held):
        return None
    if step.deed == "declares" and owners.owner_of(step.table) is None:
        return None  # what the history lacks is for the rule of migrations to say
    return owners.complaint(module, step)
