"""The databases of the modules on this machine, opened for a command beside a store that may be running."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import NamedTuple

from app.assembly import Assembly, assemble
from app.config import environment
from app.data import migrations
from app.data.addresses import place_of
from app.data.database import ModuleDatabase
from app.data.place import Place
from app.data.places import follow
from app.data.site import Site
from app.data.sqlite_place import SqliteFile
from app.data.steps import STEPS
from app.errors import LaunchRefused
from app.events.desk import Desk
from app.runtime.plan import publisher_of
from app.setting_source import rather


class Desks(NamedTuple):
    """Every module's desk whose data lies in the data folder."""

    assembly: Assembly
    by_module: dict[str, Desk]

    @property
    def elsewhere(self) -> list[str]:
        """The modules whose data is on other machines."""
        return [module for module in elsewhere(self.assembly) if module not in self.by_module]

    def of(self, module: str) -> Desk:
        """Return a module's desk; `LaunchRefused` where there is none."""
        if module not in self.assembly.modules:
            raise LaunchRefused(f"There is no module {module}{rather(module, self.assembly.modules)}")
        if module not in self.by_module:
            where = "its data is elsewhere" if module in self.elsewhere else "it keeps no data"
            raise LaunchRefused(f"Module {module} has no database in {self.assembly.settings.data}: {where}.")
        return self.by_module[module]

    async def check_publisher(self, module: str, publisher: str) -> Desk:
        """Return the desk of a module that listens to a publisher, or did; `LaunchRefused` where it does not."""
        desk = self.of(module)
        part = next(each for each in self.assembly.plan.order if each.name == module)
        events = () if part.module is None else part.module.listens
        found = {each.name for event in events if (each := publisher_of(event, self.assembly.plan.order)) is not None}
        found.update(await desk.publishers())
        if publisher not in found:
            raise LaunchRefused(f"Module {module} does not listen to {publisher}{rather(publisher, found)}")
        return desk


@asynccontextmanager
async def open_desks() -> AsyncIterator[Desks]:
    """Open them; nothing is made, upgraded or locked.

    `LaunchRefused` where there is no data, or where it is not of this release.
    """
    assembly = assemble(environment())
    async with AsyncExitStack() as stack:
        found = {}
        for part in assembly.plan.order:
            if not part.keeps_data:
                continue
            place = follow(place_of(part.name, assembly.settings))
            if isinstance(place, SqliteFile) and part.name in elsewhere(assembly):
                continue
            if stored := place.stored():
                known = migrations.check(place, part.migrations)
                _check(place, stored)
                database = ModuleDatabase(await Site.open(place), known)
                stack.push_async_callback(database.close)
                found[part.name] = Desk(database)
        if not found:
            raise _nothing(assembly)
        yield Desks(assembly, found)


def require_data(assembly: Assembly) -> None:
    """Refuse where there is no module's data; `LaunchRefused` too where it has moved and is not there."""
    keeping = (part.name for part in assembly.plan.order if part.keeps_data)
    if not any(follow(place_of(each, assembly.settings)).stored() for each in keeping):
        raise _nothing(assembly)


def _nothing(assembly: Assembly) -> LaunchRefused:
    return LaunchRefused(f"There is no store's data in {assembly.settings.data}; name its folder with FREESTONE_DATA.")


def elsewhere(assembly: Assembly) -> list[str]:
    """Return the modules whose hosts are on other machines, and their SQLite files with them."""
    far = (entry for entry in assembly.topology.hosts.values() if entry.addresses)
    return sorted(module for entry in far for module in entry.modules)


def _check(place: Place, stored: Mapping[str, str]) -> None:
    if int(stored["tables"]) < len(STEPS):
        raise LaunchRefused(f"{place} is from before this release; start the store, which brings it up to date.")
