"""What the tests of calls are made of: one contract, a provider that does as it is told, and a house for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Protocol, Self, TypeVar, final

import pytest
from msgspec import Meta

from app.runtime.binding import Binding
from app.runtime.guard import TransactionGuard
from app.runtime.route import Route
from app.runtime.sweep import Sweep
from app.runtime.target import Close, Once, Target
from app.runtime.tasks import task_factory
from contracts.kit import STAFF, Actor, Context, Error, Role, atomic, command, contract, contract_of, query, stream
from contracts.kit.context import Frame

T = TypeVar("T")

HURRY = 0.15
"""The deadline of `Errand.hurry` and of each of `Errand.trickle`'s items, in seconds."""

AGES = 1200.0
"""Longer than any test waits: what takes so long must be ended."""


in_time = pytest.mark.asyncio(loop_factories=["virtual"])
"""For tests in which something has to happen before a deadline, whatever else the machine has to do."""


class Missing(Error):
    """It is not there."""

    code = "errand.missing"
    id: str = "it"


class Stolen(Missing):
    """It is not there any more."""

    code = "errand.stolen"


Often = Annotated[int, Meta(ge=1)]


@contract(version=1)
class Errand(Protocol):
    """Does what its provider was told to do."""

    @query(deadline=AGES, raises=(Missing,))
    async def run(self) -> str: ...

    @query(deadline=HURRY, raises=(Missing,))
    async def hurry(self) -> str: ...

    @command(deadline=AGES, raises=(Missing,))
    async def change(self) -> str: ...

    @command(atomic, deadline=AGES, raises=(Missing,))
    async def once(self, what: str, *, often: Often = 1) -> str: ...

    @query(deadline=AGES, allow=STAFF)
    async def manage(self) -> str: ...

    @stream(deadline=AGES, raises=(Missing,))
    def flow(self) -> AsyncIterator[int]: ...

    @stream(deadline=HURRY, raises=(Missing,))
    def trickle(self) -> AsyncIterator[int]: ...

    @stream(deadline=AGES, allow=STAFF)
    def leak(self) -> AsyncIterator[int]: ...


Do = Callable[[], Awaitable[str]]
Yield = Callable[[], AsyncIterator[int]]


async def done() -> str:
    """Do nothing."""
    return "done"


async def forever() -> str:
    """Never come to an end."""
    await asyncio.Event().wait()
    return "never"


def failing(error: BaseException) -> Do:
    """Raise an error."""

    async def fail() -> str:
        raise error

    return fail


async def three() -> AsyncIterator[int]:
    """Yield three items."""
    for item in range(3):
        yield item


@final
class Doing(Errand):
    """An `Errand` that does ``do``, and whose streams yield what ``items`` yields."""

    def __init__(self, do: Do = done, items: Yield = three) -> None:
        self.do = do
        self.items = items

    async def run(self) -> str:
        return await self.do()

    async def hurry(self) -> str:
        return await self.do()

    async def change(self) -> str:
        return await self.do()

    async def once(self, what: str, *, often: Often = 1) -> str:
        return await self.do() + " " + what * often

    async def manage(self) -> str:
        return await self.do()

    def flow(self) -> AsyncIterator[int]:
        return self.items()

    def trickle(self) -> AsyncIterator[int]:
        return self.items()

    def leak(self) -> AsyncIterator[int]:
        return self.items()


@dataclass
class Bound(Generic[T]):
    """A contract that was bound, and the test's own proxy for it."""

    binding: Binding
    proxy: T

    @property
    def calls(self) -> set[Frame]:
        """The calls under way in what stands behind the contract now."""
        return self.binding.target.calls

    def route(self, operation: str) -> Route:
        """What was measured of the test's own calls of an operation."""
        return next(each for each in self.binding.routes if each.operation.name == operation)


class House:
    """Bindings and a sweep on the running loop, without a host around them."""

    def __init__(self, patience: float = 1.0) -> None:
        self.sweep = Sweep(patience)

    async def __aenter__(self) -> Self:
        asyncio.get_running_loop().set_task_factory(task_factory)
        self.sweep.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.sweep.stop()
        asyncio.get_running_loop().set_task_factory(None)

    def absent(self, protocol: type[T], name: str, *, guard: TransactionGuard | None = None) -> Bound[T]:
        """Make a binding behind which nothing stands."""
        binding = Binding(contract_of(protocol), name, self.sweep, reason="it is away", guard=guard)
        return Bound(binding, binding.proxy("test"))

    def bind(
        self,
        protocol: type[T],
        provider: T,
        *,
        name: str = "errand",
        limit: int = 1000,
        guard: TransactionGuard | None = None,
        once: Mapping[str, Once] | None = None,
        close: Close | None = None,
    ) -> Bound[T]:
        """Make a binding behind which a provider stands."""
        bound = self.absent(protocol, name, guard=guard)
        bound.binding.bind(Target(provider, limit, once=once, close=close))
        return bound

    def rebind(self, bound: Bound[T], provider: T, *, limit: int = 1000, close: Close | None = None) -> Target:
        """Put another provider behind a contract, and return what stood there."""
        return bound.binding.bind(Target(provider, limit, close=close))

    def errand(self, do: Do = done, items: Yield = three, **options: Any) -> Bound[Errand]:
        """Bind an `Errand` that does ``do`` and whose streams yield what ``items`` yields."""
        return self.bind(Errand, Doing(do, items), **options)

    def stream(self, items: Yield, **options: Any) -> Bound[Errand]:
        """Bind an `Errand` whose streams yield what ``items`` yields."""
        return self.errand(items=items, **options)


def acting_as(*roles: Role) -> Context:
    """Return the context of an actor called Ada with these roles."""
    return Context(request_id="request-1", actor=Actor(id="ada", roles=frozenset(roles)))


def running() -> asyncio.Task[Any]:
    """Return the task that runs the test."""
    task = asyncio.current_task()
    assert task is not None
    return task


async def until(condition: Callable[[], object]) -> None:
    """Let others work until something is so; the test's time limit ends it where it never is."""
    while not condition():  # noqa: ASYNC110 - what is waited for sets no event
        await asyncio.sleep(0.001)
