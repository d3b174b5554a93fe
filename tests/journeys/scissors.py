"""Cuts a run off: at whichever commit or call to somebody else a test says, found by counting them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar, final

from sqlalchemy.ext.asyncio import AsyncSession

from app.data.database import ModuleDatabase
from app.data.repeat import Repeater
from contracts.kit import Actor, Context, Database, Error, Unavailable, Work, contract_of
from contracts.kit.context import NEVER, current_frame, root_scope

P = TypeVar("P")


class Crash(BaseException):
    """The process dies here: nothing after this happens."""


class Scissors:
    """Cuts at the ``at``-th place, if there is one. ``passed`` names the places that were come by.

    Whoever is cut off does nothing any more. With ``apart`` the modules stand in processes of their own: where one
    dies of a call, its caller is not answered, and finds it there again when it calls next. ``then`` happens in place
    of a cut.
    """

    def __init__(
        self, at: int | None = None, *, apart: bool = False, then: Callable[[], Awaitable[object]] | None = None
    ) -> None:
        self.passed: list[str] = []
        self.apart = apart
        self.is_dead = False
        self._at = at
        self._then = then

    @property
    def has_cut(self) -> bool:
        """Whether the place was reached."""
        return self._at is not None and len(self.passed) >= self._at

    def place(self, name: str) -> None:
        """Come by a place inside a transaction, where nothing else can be done but to die."""
        if self.is_dead:
            raise Crash(name)
        self.passed.append(name)
        if len(self.passed) == self._at and self._then is None:
            self.is_dead = True
            raise Crash(name)

    async def open_place(self, name: str) -> None:
        """Come by a place between transactions."""
        self.place(name)
        if len(self.passed) == self._at and self._then is not None:
            await self._then()

    async def called(self, name: str, call: Callable[[], Awaitable[Any]]) -> Any:
        """Make a call to somebody who may die of it."""
        await self.open_place(f"before {name}")
        try:
            answer = await call()
        except Crash:
            if not self.apart:
                raise
            self.is_dead = False
            raise Unavailable(operation=name, reason="it died", may_have_executed=True) from None
        except Error:
            await self.open_place(f"after {name}, which refused")
            raise
        await self.open_place(f"after {name}")
        return answer


@final
class CutDatabase(Database[AsyncSession]):
    """A module's database with a place before and after each commit."""

    def __init__(self, database: ModuleDatabase, scissors: Scissors) -> None:
        self._database = database
        self._scissors = scissors

    def read(self) -> AbstractAsyncContextManager[AsyncSession]:
        return self._database.read()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Work[AsyncSession]]:
        module = self._database.module
        await self._scissors.open_place(f"before a write of {module}")
        async with self._database.write() as work:
            yield work
            self._scissors.place(f"before a commit of {module}")
        if current_frame().key is None:  # else a commit that waits for the result
            await self._scissors.open_place(f"after a commit of {module}")


def cut_contract(protocol: type[P], database: ModuleDatabase, provider: P, scissors: Scissors) -> P:
    """Return a provider of a contract as its caller in another module has it: with a place before and after each
    call, and under the caller's key."""
    contract = contract_of(protocol)

    def method(name: str) -> Callable[..., Awaitable[Any]]:
        operation, full = contract.operations[name], f"{contract.name}.{name}"

        async def execute(*arguments: object) -> Any:
            key, target = current_frame().next_key, getattr(provider, name)
            with root_scope(Context(actor=Actor(id=current_frame().context.actor.id)), NEVER) as frame:
                if key is None:
                    return await target(*arguments)
                return await Repeater(database, full, operation)(frame, key, target, arguments)

        return lambda _self, *arguments: scissors.called(full, lambda: execute(*arguments))

    calls: Iterable[str] = (name for name, each in contract.operations.items() if each.semantics.kind != "stream")
    made: P = type(f"Cut{protocol.__name__}", (protocol,), {name: method(name) for name in calls})()
    return made


class Cut:
    """Anything with async methods, each of whose calls has a place before and after it."""

    def __init__(self, target: object, name: str, scissors: Scissors) -> None:
        self._target = target
        self._name = name
        self._scissors = scissors

    def __getattr__(self, method: str) -> Callable[..., Awaitable[Any]]:
        call, name = getattr(self._target, method), f"{self._name}.{method}"

        async def cut(*arguments: object) -> Any:
            await self._scissors.open_place(f"before {name}")
            answer = await call(*arguments)
            await self._scissors.open_place(f"after {name}")
            return answer

        return cut
