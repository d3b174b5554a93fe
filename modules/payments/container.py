"""How the payments are put together."""

from dependency_injector import providers
from dependency_injector.containers import DeclarativeContainer

from contracts.kit import Clock, Database
from contracts.payments import Payments
from modules.payments.outcome import Outcomes
from modules.payments.provider import Provider
from modules.payments.sandbox import Sandbox
from modules.payments.service import PaymentsService
from modules.payments.settings import PaymentsSettings
from modules.payments.settle import Settlement

__all__ = ["PaymentsContainer"]


class PaymentsContainer(DeclarativeContainer):
    """What the payments need, and what they provide."""

    database = providers.Dependency(instance_of=Database)
    clock = providers.Dependency(instance_of=Clock)
    settings = providers.Dependency(instance_of=PaymentsSettings)
    provider: providers.Provider[Provider] = providers.Singleton(Sandbox, database, clock, settings)
    outcomes: providers.Provider[Outcomes] = providers.Singleton(Outcomes, database, clock, settings)
    service: providers.Provider[Payments] = providers.Singleton(
        PaymentsService, database, clock, provider, outcomes, settings
    )
    settlement: providers.Provider[Settlement] = providers.Singleton(
        Settlement, database, clock, provider, outcomes, settings
    )
