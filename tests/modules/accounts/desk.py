"""Accounts over a real database, with everything else in the test's hands."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from typing import Any, ParamSpec, TypeVar, final

import msgspec
import sqlalchemy as sa
from dependency_injector import providers
from sqlalchemy import event

from app.data.database import ModuleDatabase
from contracts.accounts import Accounts, Session
from contracts.kit import Actor, Blocking, Context, Role, Signer
from contracts.kit.context import Frame, scope
from modules.accounts.container import AccountsContainer
from modules.accounts.settings import AccountsSettings
from tests.modules.doubles import ManualClock

P = ParamSpec("P")
T = TypeVar("T")

CHEAP = AccountsSettings(argon2_time_cost=1, argon2_memory=8, argon2_parallelism=1)
GOOD = "correct horse battery"
EMAIL = "ada@example.org"
HOME = "192.0.2.1"


@final
class NotedSigner(Signer):
    """Signs nothing, and notes what it was asked to sign."""

    def __init__(self) -> None:
        self.signed: list[tuple[Actor, timedelta]] = []

    def sign(self, actor: Actor, lifetime: timedelta) -> str:
        self.signed.append((actor, lifetime))
        return f"assertion {len(self.signed)}"


@final
class Threads(Blocking):
    """Ordinary threads; ``meanwhile`` happens once, while the next work is under way."""

    def __init__(self) -> None:
        self.meanwhile: Callable[[], Awaitable[Any]] | None = None

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        result = await asyncio.to_thread(function, *args, **kwargs)
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            await meanwhile()
        return result


class Desk:
    """One running instance of accounts."""

    def __init__(
        self, database: ModuleDatabase, settings: AccountsSettings = CHEAP, clock: ManualClock | None = None
    ) -> None:
        self.database = database
        self.clock = clock or ManualClock()
        self.signer = NotedSigner()
        self.threads = Threads()
        self.container = AccountsContainer()
        self._hand_in(settings)

    @property
    def accounts(self) -> Accounts:
        """The service."""
        return self.container.service()

    def with_settings(self, **changes: Any) -> Desk:
        """Return another instance with other settings, over the same database and clock."""
        settings = msgspec.structs.replace(CHEAP, **changes)
        return Desk(self.database, settings, self.clock)

    async def registered(self, email: str = EMAIL, password: str = GOOD, source: str = HOME) -> Session:
        """Register somebody."""
        return await self.accounts.register(email, password, "Ada", source)

    def acting(self, session: Session) -> AbstractContextManager[Frame]:
        """Act as the person of a session."""
        return acting(session.account.id, *session.account.roles)

    async def rows(self, table: str) -> int:
        """Return how many rows a table has."""
        async with self.database.read() as session:
            return int((await session.execute(sa.text(f"SELECT count(*) FROM {table}"))).scalar_one())

    def _hand_in(self, settings: AccountsSettings) -> None:
        handed = {
            "database": self.database,
            "clock": self.clock,
            "blocking": self.threads,
            "signer": self.signer,
            "settings": settings,
        }
        for name, each in handed.items():
            getattr(self.container, name).override(providers.Object(each))


def acting(account_id: str, *roles: Role) -> AbstractContextManager[Frame]:
    """Act as somebody."""
    return scope(context=Context(actor=Actor(id=account_id, roles=frozenset(roles))))


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect what any database is told in the block, but for what the framework asks about its own tables."""
    told: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if "freestone_" not in statement:
            told.append(statement)

    event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield told
    finally:
        event.remove(sa.Engine, "before_cursor_execute", note)
