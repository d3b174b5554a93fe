"""How the payments are put together."""

from dependency_injector import providers
from dependency_injector.containers import DeclarativeContainer

from contracts.kit import Clock, Database
from contracts.payments import Payments
from modules.payments.notices import Notices
from modules.payments.outcome import Outcomes
from modules.payments.provider import Provider
from modules.payments.refunds import Refunds
from modules.payments.sandbox import Sandbox
from modules.payments.sandbox_calls import SandboxCalls
from modules.payments.secrets import Secrets
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
    refunds: providers.Provider[Refunds] = providers.Singleton(Refunds, database, clock, provider, settings)
    secrets: providers.Provider[Secrets] = providers.Singleton(Secrets, settings)
    notices: providers.Provider[Notices] = providers.Singleton(
        Notices, database, clock, provider, outcomes, refunds, secrets, settings
    )
    service: providers.Provider[Payments] = providers.Singleton(
        PaymentsService, database, clock, provider, outcomes, refunds, notices, settings
    )
    settlement: providers.Provider[Settlement] = providers.Singleton(
        Settlement, database, clock, provider, outcomes, refunds, notices, settings
    )
    sandbox_calls: providers.Provider[SandboxCalls] = providers.Singleton(
        SandboxCalls, database, clock, notices, secrets
    )
