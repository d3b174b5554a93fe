"""Migrations follow expand / contract: hosts of the release before run on while a revision changes their tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from app.lint.problem import Problem
from app.lint.rolling.histories import History, histories_of
from app.lint.rolling.hosts import Hosts, hosts_at
from app.lint.rolling.reader import RULE, ChangeReader
from app.lint.rolling.standing import Standing
from app.lint.rolling.verdicts import verdicts
from app.lint.tables.facts import Step, TableFacts
from app.lint.tables.migration import MigrationReader
from app.lint.tables.reader import TableReader
from app.lint.world import World

READERS = (TableReader, MigrationReader, ChangeReader)


def judge(world: World) -> Iterator[Problem]:
    """Follow every history, and say of each revision that was not released what older hosts could not live with."""
    stores: defaultdict[str, list[tuple[str, Step]]] = defaultdict(list)
    for name, facts in world.facts(TableReader, TableFacts).items():
        source = world.sources[name]
        if source.module is not None and not source.is_migration:
            stores[source.module] += [(source.file, step) for step in facts.steps]
    for module, history in histories_of(world).items():
        yield from dict.fromkeys(_judged(history))
        yield from _kept(history, stores[module])


def _judged(history: History) -> Iterator[Problem]:
    if history.released is not None and history.released[0] not in (None, *history.ids):
        text = f"{history.module} says that {history.released[0]} was released, which is no revision of it; correct it."
        yield Problem(history.package, 0, RULE, text)
    standing = Standing()
    for place, revision in enumerate(history.revisions):
        hosts = hosts_at(history, place)
        if hosts is not None:
            for said in _shut_out(history, place, hosts):
                yield Problem(revision.file, revision.facts.line, RULE, f"{history.module} {said}.")
        for change in revision.facts.changes:
            for said in verdicts(change, standing, hosts) if hosts is not None else ():
                yield Problem(revision.file, change.line, RULE, f"{history.module} {said}.")
            standing.apply(change, place)
        for each in revision.facts.announced:
            # What will be demanded may be a constraint that is still to come.
            if not standing.has(each.name if each.leaving else each.name.partition(".")[0]):
                text = f"{history.module} announces something of {each.name}, which is not there; correct the name."
                yield Problem(revision.file, each.line, RULE, text)


def _shut_out(history: History, place: int, hosts: Hosts) -> Iterator[str]:
    """Yield which hosts that may be running a revision shuts out by its `oldest`."""
    ids, stated = history.ids, history.revisions[place].oldest
    first, named = ids[hosts.first], ids[stated]
    running = f"a host that still runs revision {first} is shut out of its own database"
    if stated == place:
        yield f'has a migration that names no older code as oldest, so that {running}; write oldest = "{first}"'
    elif stated > hosts.first:
        yield (
            f"has a migration that no code before revision {named} can live with, so that {running}; bring out {named} "
            f'first, and this in the release after, with released = "{named}" in {history.package}'
        )


def _kept(history: History, store: list[tuple[str, Step]]) -> Iterator[Problem]:
    """Yield where a module's own files still use what its history says is leaving."""
    for name, revision in history.leaving().items():
        table, _, column = name.partition(".")
        for file, step in store:
            if step.table == table and (not column or column in (step.columns or ())):
                text = f"{history.module} uses {name}, which is leaving as revision {revision} says; do without it."
                yield Problem(file, step.line, RULE, text)
