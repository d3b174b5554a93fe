"""The databases of the modules on this machine, opened for a command beside a store that may be running."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import NamedTuple

from sqlalchemy import select

from app.assembly import Assembly, assemble
from app.config import environment
from app.data import migrations
from app.data.database import ModuleDatabase, database_file
from app.data.tables import STEPS, meta
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
        return sorted(
            module for entry in self.assembly.topology.hosts.values() if entry.addresses for module in entry.modules
        )

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
    data = assembly.settings.data
    async with AsyncExitStack() as stack:
        found = {}
        for part in assembly.plan.order:
            file = database_file(part.name, data)
            if file.is_file():
                migrations.check(part.name, file, part.migrations)
                database = ModuleDatabase(part.name, file, ())
                stack.push_async_callback(database.close)
                await _check(part.name, database)
                found[part.name] = Desk(database)
        if not found:
            raise LaunchRefused(f"There is no store's data in {data}; name its folder with FREESTONE_DATA.")
        yield Desks(assembly, found)


async def _check(module: str, database: ModuleDatabase) -> None:
    async with database.read() as session:
        tables = (await session.execute(select(meta.c.value).where(meta.c.name == "tables"))).scalar_one()
    if int(tables) < len(STEPS):
        raise LaunchRefused(
            f"The database of module {module} is from before this release; start the store, which brings it up to date."
        )
