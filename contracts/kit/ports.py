"""What a module may ask of its host, besides contracts: each is handed in through its container."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import datetime, timedelta
from typing import ParamSpec, Protocol, TypeVar, runtime_checkable

from contracts.kit.actors import Actor
from contracts.kit.message import Event

S = TypeVar("S")
S_co = TypeVar("S_co", covariant=True)
P = ParamSpec("P")
T = TypeVar("T")


@runtime_checkable
class Work(Protocol[S_co]):
    """One write transaction of a module's database."""

    @property
    def session(self) -> S_co:
        """The session in whose transaction all of this work happens."""

    def publish(self, event: Event) -> None:
        """Write an event to the module's outbox, in this transaction."""

    async def begin(self, subject: str) -> str:
        """Tie the present `process` command's idempotency key to the saga ``subject``.

        Returns ``subject`` where this is the key's first arrival or the call has no key, otherwise the
        subject of the first arrival, from whose row the answer is to come. Raises `Conflict` where the
        key was used with other arguments.
        """


@runtime_checkable
class Database(Protocol[S_co]):
    """The module's own database; no other module can reach it."""

    def read(self) -> AbstractAsyncContextManager[S_co]:
        """A session that sees one consistent state and cannot write.

        There are only a few at a time: do not open one within another, nor call another module inside.
        """

    def write(self) -> AbstractAsyncContextManager[Work[S_co]]:
        """A write transaction: committed at the end of the block, rolled back by an exception.

        Do not call another module inside the block. In an `atomic` command called under a key the
        commit waits for the operation's result, so return from within the block.
        """


@runtime_checkable
class Clock(Protocol):
    """What time it is."""

    def now(self) -> datetime:
        """The present instant, in UTC with its time zone."""


@runtime_checkable
class Blocking(Protocol):
    """Threads for work that would block the event loop; bounded in number."""

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function in a thread and return its result; waits while all threads are busy."""


@runtime_checkable
class Signer(Protocol):
    """Makes actor assertions; for the one module that knows who is who."""

    def sign(self, actor: Actor, lifetime: timedelta) -> str:
        """Return a signed statement that its bearer acts as ``actor``, for ``lifetime`` from now."""


@runtime_checkable
class Acting(Protocol):
    """Acts on somebody's behalf; for BFFs, which learn from an assertion who is asking."""

    def acting(self, assertion: str) -> AbstractContextManager[Actor]:
        """Make the calls in the block on behalf of the assertion's actor, whom it returns.

        Raises `PermissionDenied` for an assertion that is forged, foreign or expired.
        """
