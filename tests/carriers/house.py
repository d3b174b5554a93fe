"""The modules that the kitchen and the pantry are, one that calls them, and where each of them runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dependency_injector import providers
from dependency_injector.containers import DeclarativeContainer
from sqlalchemy.ext.asyncio import AsyncSession

from app.assembly import Assembly
from app.config import Settings
from app.keys import ACTOR, WIRE, private_key
from app.opening import Place
from app.placement.runfolder import Claim, RunFolder
from app.placement.topology import MAIN, HostEntry, Topology
from app.runtime.part import make_part
from app.runtime.plan import make_plan
from app.wire.address import Address
from app.wire.credentials import issue
from contracts.kit import Database, Module
from tests.builders import KEY
from tests.carriers.cook import Cook, Larder
from tests.carriers.kitchen import Kitchen, Pantry


class KitchenContainer(DeclarativeContainer):
    """What the kitchen needs and provides."""

    database: providers.Provider[Database[AsyncSession]] = providers.Dependency(instance_of=Database)
    pantry: providers.Provider[Pantry] = providers.Dependency(instance_of=Pantry)
    service: providers.Provider[Kitchen] = providers.Singleton(Cook, database, pantry)


class PantryContainer(DeclarativeContainer):
    """What the pantry provides."""

    service: providers.Provider[Pantry] = providers.Singleton(Larder)


class DinerContainer(DeclarativeContainer):
    """What the diner needs; its name is the one under which the tests call."""

    kitchen: providers.Provider[Kitchen] = providers.Dependency(instance_of=Kitchen)
    pantry: providers.Provider[Pantry] = providers.Dependency(instance_of=Pantry)


kitchen = Module(name="kitchen", container=KitchenContainer, provides=(Kitchen,))
pantry = Module(name="pantry", container=PantryContainer, provides=(Pantry,))
diner = Module(name="diner", container=DinerContainer)


LIMIT = 64
"""How many calls the kitchen may have under way."""

CALLER = "diner"
"""The module in whose name the tests call."""
COOKHOUSE = "cookhouse"
"""The host that the kitchen and the pantry run in, where they do not run in the main one, beside the diner."""
MODULES = {MAIN: (CALLER,), COOKHOUSE: ("kitchen", "pantry")}


def assembly(data: Path, *addresses: Address, **settings: Any) -> Assembly:
    """Return what a launch with some settings would be made of; with addresses the cookhouse is elsewhere."""
    parts = (make_part(kitchen, Path(__file__).parent), make_part(pantry), make_part(diner))
    entry = HostEntry(name=COOKHOUSE, modules=MODULES[COOKHOUSE], owned=False, addresses=addresses)
    defaults: dict[str, Any] = {"data": data, "limit": LIMIT}
    made = Settings(**defaults | settings)
    return Assembly(made, make_plan(parts), Topology({COOKHOUSE: entry}))


def furnish(data: Path) -> None:
    """Make a data folder with the keys that all hosts share."""
    data.mkdir(0o700)
    (data / f"{ACTOR}.key").write_bytes(KEY)
    for name in (ACTOR, WIRE):
        private_key(data, name)


def place(data: Path, claim: Claim, name: str, *listen: Address, proves: bool = True) -> Place:
    """Return the place of a host, which proves by a credential who it is, or by its certificate alone."""
    modules = MODULES[name]
    identity = issue(private_key(data, WIRE), name, modules) if proves else None
    return Place(name, modules, modules, RunFolder(data), claim, identity, listen)
