"""A way to the kitchen, as the tests see it, however their calls travel."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from app.runtime.host import Host
from app.runtime.identity import AssertionSigner, Identities, public_part
from app.runtime.ports import SystemClock
from contracts.kit import SYSTEM, Actor, Context, Role, current_context
from contracts.kit.context import Frame, scope
from tests.builders import KEY
from tests.carriers.house import CALLER

T = TypeVar("T")


class Carrier:
    """A way to the kitchen: a host that runs the tests' own module, and whatever else is needed for the calls."""

    def __init__(self, name: str, host: Host, log: Path | None = None) -> None:
        self.name = name
        self.host = host
        self._log = log
        self._signer = AssertionSigner(KEY, SystemClock())
        self._identities = Identities(public_part(KEY), SystemClock())

    def __repr__(self) -> str:
        return self.name

    @property
    def is_local(self) -> bool:
        """Whether the kitchen is in the caller's process."""
        return self.name in ("direct", "strict")

    @property
    def log(self) -> str | None:
        """What the kitchen's process has logged, None where it is this one."""
        return None if self._log is None else self._log.read_text()

    def proxy(self, protocol: type[T], caller: str = CALLER) -> T:
        """Return a contract as a module sees it."""
        return self.host.proxy(protocol, caller)

    def assertion(self, *roles: Role, id: str = "ada") -> str:  # noqa: A002 - as an actor has it
        """Return a signed proof that somebody has these roles."""
        return self._signer.sign(Actor(id=id, roles=frozenset(roles)), timedelta(hours=1))

    def acting(self, *roles: Role, id: str = "ada") -> AbstractContextManager[Actor]:  # noqa: A002 - as an actor has it
        """Make the calls in the block on somebody's behalf, as a BFF does for those who have logged in."""
        return self._identities.acting(self.assertion(*roles, id=id))

    def as_system(self) -> AbstractContextManager[Frame]:
        """Make the calls in the block as the caller's own background work."""
        context = Context(request_id=current_context().request_id, actor=Actor(id=CALLER, roles=SYSTEM))
        return scope(context=context)


async def until(condition: Callable[[], Awaitable[object]]) -> None:
    """Ask again and again until something is so; the test's time limit ends it where it never is."""
    while not await condition():  # noqa: ASYNC110 - what is waited for may happen in another process
        await asyncio.sleep(0.005)
