"""How the orders are put together."""

from dependency_injector import providers
from dependency_injector.containers import DeclarativeContainer

from contracts.catalog import Catalog
from contracts.inventory import Inventory
from contracts.kit import Clock, Database
from contracts.orders import Orders
from contracts.payments import Payments
from modules.orders.doorbell import Doorbell
from modules.orders.quoting import Quoter
from modules.orders.runner import Runner
from modules.orders.saga import Saga
from modules.orders.service import OrdersService
from modules.orders.settings import OrdersSettings

__all__ = ["OrdersContainer"]


class OrdersContainer(DeclarativeContainer):
    """What the orders need, and what they provide."""

    database = providers.Dependency(instance_of=Database)
    clock = providers.Dependency(instance_of=Clock)
    settings = providers.Dependency(instance_of=OrdersSettings)
    catalog: providers.Provider[Catalog] = providers.Dependency(instance_of=Catalog)
    inventory: providers.Provider[Inventory] = providers.Dependency(instance_of=Inventory)
    payments: providers.Provider[Payments] = providers.Dependency(instance_of=Payments)

    doorbell: providers.Provider[Doorbell] = providers.Singleton(Doorbell)
    quoter: providers.Provider[Quoter] = providers.Singleton(Quoter, catalog, inventory, settings)
    service: providers.Provider[Orders] = providers.Singleton(
        OrdersService, database, clock, quoter, doorbell, settings
    )
    saga: providers.Provider[Saga] = providers.Singleton(Saga, database, clock, inventory, payments, doorbell, settings)
    runner: providers.Provider[Runner] = providers.Singleton(Runner, database, clock, saga, doorbell, settings)
