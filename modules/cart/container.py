"""How carts are put together."""

from __future__ import annotations

from dependency_injector import providers
from dependency_injector.containers import DeclarativeContainer
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.cart import Carts
from contracts.catalog import Catalog
from contracts.inventory import Inventory
from contracts.kit import Clock, Database
from modules.cart.service import CartsService
from modules.cart.settings import CartSettings

__all__ = ["CartContainer"]


class CartContainer(DeclarativeContainer):
    """What carts need, and what they provide. Without the inventory a cart does not say what is available."""

    database: providers.Provider[Database[AsyncSession]] = providers.Dependency(instance_of=Database)
    clock: providers.Provider[Clock] = providers.Dependency(instance_of=Clock)
    settings: providers.Provider[CartSettings] = providers.Dependency(instance_of=CartSettings)
    catalog: providers.Provider[Catalog] = providers.Dependency(instance_of=Catalog)
    inventory: providers.Provider[Inventory] = providers.Dependency(instance_of=Inventory)
    service: providers.Provider[Carts] = providers.Singleton(CartsService, database, clock, catalog, inventory)
