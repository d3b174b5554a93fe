"""How the auditor is put together."""

from dependency_injector import providers
from dependency_injector.containers import DeclarativeContainer

from contracts.inventory import Inventory
from contracts.kit import Clock
from contracts.orders import Orders
from contracts.payments import Payments
from modules.auditor.auditor import Auditor
from modules.auditor.settings import AuditorSettings

__all__ = ["AuditorContainer"]


class AuditorContainer(DeclarativeContainer):
    """What the auditor needs; it keeps nothing and provides nothing."""

    clock = providers.Dependency(instance_of=Clock)
    settings = providers.Dependency(instance_of=AuditorSettings)
    orders: providers.Provider[Orders] = providers.Dependency(instance_of=Orders)
    payments: providers.Provider[Payments] = providers.Dependency(instance_of=Payments)
    inventory: providers.Provider[Inventory] = providers.Dependency(instance_of=Inventory)
    auditor: providers.Provider[Auditor] = providers.Factory(Auditor, orders, payments, inventory, clock, settings)
