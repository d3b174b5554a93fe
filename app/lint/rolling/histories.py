"""Every module's history as the rule of rolling upgrades reads it: its revisions in order, and what was released."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import msgspec

from app.errors import LaunchRefused
from app.lint.rolling.changes import Announcement, ChangeFacts
from app.lint.rolling.reader import ChangeReader
from app.lint.rolling.standing import Standing
from app.lint.tables.migration import MigrationFacts, MigrationReader
from app.lint.tables.owners import order_of
from app.lint.world import World


class Revision(msgspec.Struct, frozen=True):
    """One revision; ``oldest`` is the place in the history of the oldest code that it says can live with it."""

    id: str
    file: str
    oldest: int
    facts: ChangeFacts


class History(msgspec.Struct, frozen=True):
    """The revisions of a module, first to last; ``package`` is the file that says what of them was ``released``."""

    module: str
    package: str
    revisions: tuple[Revision, ...]
    released: tuple[str | None] | None

    @property
    def ids(self) -> list[str]:
        """The ids, first to last."""
        return [each.id for each in self.revisions]

    def leaving(self) -> dict[str, str]:
        """Return what is there after the last revision and is leaving, with the revision that says so."""
        standing, found = Standing(), dict[str, tuple[str, int]]()
        for place, revision in enumerate(self.revisions):
            for change in revision.facts.changes:
                standing.apply(change, place)
            found |= {each.name: (revision.id, place) for each in announced(revision, leaving=True)}
        return {
            name: id_
            for name, (id_, place) in found.items()
            if standing.has(name) and standing.since(*name.split(".", 1)) <= place
        }


def announced(revision: Revision, *, leaving: bool) -> Iterator[Announcement]:
    """Yield what a revision announces of one kind."""
    return (each for each in revision.facts.announced if each.leaving is leaving)


def histories_of(world: World) -> dict[str, History]:
    """Return the histories that are in order; of the others another rule says so."""
    facts = world.facts(ChangeReader, ChangeFacts)
    by_module: defaultdict[str, dict[str, MigrationFacts]] = defaultdict(dict)
    for name, each in world.facts(MigrationReader, MigrationFacts).items():
        by_module[name.split(".")[1]][name] = each
    found = {}
    for module, migrations in by_module.items():
        try:
            order = order_of(module, migrations)
        except LaunchRefused:
            continue
        ids = [migrations[name].revision for name in order]
        revisions = tuple(
            Revision(id_, world.sources[name].file, ids.index(migrations[name].oldest), facts[name])
            for id_, name in zip(ids, order, strict=True)
        )
        package = f"modules.{module}.migrations"
        released = facts[package].released if package in facts else None
        found[module] = History(module, f"{package.replace('.', '/')}/__init__.py", revisions, released)
    return found
