"""How the stock is put together."""

from dependency_injector import providers
from dependency_injector.containers import DeclarativeContainer

from contracts.inventory import Inventory
from contracts.kit import Clock, Database
from modules.inventory.service import InventoryService
from modules.inventory.settings import InventorySettings
from modules.inventory.sweep import Sweep

__all__ = ["InventoryContainer"]


class InventoryContainer(DeclarativeContainer):
    """What the stock needs, and what it provides."""

    database = providers.Dependency(instance_of=Database)
    clock = providers.Dependency(instance_of=Clock)
    settings = providers.Dependency(instance_of=InventorySettings)
    service: providers.Provider[Inventory] = providers.Singleton(InventoryService, database, clock, settings)
    sweep: providers.Provider[Sweep] = providers.Singleton(Sweep, database, clock, settings)
