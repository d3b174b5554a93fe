"""Two hosts in this process that talk over a Unix socket, as those of a store do: one provides, the main one needs."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

from app.assembly import Assembly
from app.config import Settings
from app.keys import ACTOR, WIRE, private_key
from app.opening import Opened, Place, open_host
from app.placement.runfolder import RunFolder
from app.placement.topology import MAIN, HostEntry, Topology
from app.runtime.part import make_part
from app.runtime.plan import make_plan
from app.wire.credentials import issue
from contracts.kit import Module

ANNEX = "annex"
"""The host that runs the first module; the others are in the main one."""


def assembled(data: Path, release: tuple[Module, ...]) -> Assembly:
    """Return what a launch of these modules is made of."""
    topology = Topology({ANNEX: HostEntry(name=ANNEX, modules=(release[0].name,), owned=False)})
    return Assembly(Settings(data=data), make_plan([make_part(each) for each in release]), topology)


@asynccontextmanager
async def opened(data: Path, host: str, release: tuple[Module, ...]) -> AsyncIterator[Opened]:
    """Open one of the two hosts, as it is with these modules."""
    first, *others = (each.name for each in release)
    modules = (first,) if host == ANNEX else tuple(others)
    run, assembly = RunFolder(data), assembled(data, release)
    with run.claim(host) as claim:
        identity = issue(private_key(data, WIRE), host, modules)
        async with open_host(assembly, Place(host, modules, modules, run, claim, identity)) as found:
            if host == MAIN:
                assert await found.directory.connected([ANNEX], 10.0)
            yield found


def furnish(data: Path) -> Path:
    """Make a data folder with the keys that all hosts share."""
    data.mkdir(0o700)
    for name in (ACTOR, WIRE):
        private_key(data, name)
    return data


def heard(data: Path, module: str) -> list[str]:
    """Return what a module has written to its table ``heard``."""
    with closing(sqlite3.connect(data / f"{module}.sqlite")) as database, suppress(sqlite3.OperationalError):
        return [said for (said,) in database.execute("SELECT * FROM heard ORDER BY rowid")]
    return []
