"""How accounts are put together."""

from __future__ import annotations

from dependency_injector import providers
from dependency_injector.containers import DeclarativeContainer
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.accounts import Accounts
from contracts.kit import Blocking, Clock, Database, Signer
from modules.accounts.attempts import Attempts
from modules.accounts.hashing import Passwords
from modules.accounts.service import AccountsService
from modules.accounts.settings import AccountsSettings

__all__ = ["AccountsContainer"]


class AccountsContainer(DeclarativeContainer):
    """What accounts need, and what they provide."""

    database: providers.Provider[Database[AsyncSession]] = providers.Dependency(instance_of=Database)
    clock: providers.Provider[Clock] = providers.Dependency(instance_of=Clock)
    blocking: providers.Provider[Blocking] = providers.Dependency(instance_of=Blocking)
    signer: providers.Provider[Signer] = providers.Dependency(instance_of=Signer)
    settings: providers.Provider[AccountsSettings] = providers.Dependency(instance_of=AccountsSettings)
    passwords: providers.Provider[Passwords] = providers.Singleton(Passwords, blocking, settings)
    attempts: providers.Provider[Attempts] = providers.Singleton(Attempts, settings)
    service: providers.Provider[Accounts] = providers.Singleton(
        AccountsService, database, clock, signer, passwords, attempts, settings
    )
