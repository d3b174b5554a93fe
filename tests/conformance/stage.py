"""Where a contract's suite is played: the same store over several carriers, and the modules' own fakes."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar, final

import pytest

from app.config import Settings
from app.runtime.host import Host
from app.runtime.identity import AssertionSigner, Identities, both_keys, public_part
from app.runtime.plan import make_plan
from app.setting_tables import DatabaseSettings
from app.setting_types import DatabaseUrl
from app.wire.hello import HOST
from contracts.kit import GUEST, SYSTEM, Actor, Clock, Context, Role
from contracts.kit.context import scope
from tests.builders import KEY, UNHURRIED, shop_parts
from tests.databases import Places

T = TypeVar("T")

LIFETIME = timedelta(hours=1)
"""How long an actor's assertion holds: longer than any suite."""

WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
"""What the payment provider of the suites signs with."""

CHEAP: Mapping[str, Mapping[str, Any]] = {
    "accounts": {"argon2_time_cost": 1, "argon2_memory": 1024, "argon2_parallelism": 1},
    "orders": {"poll_seconds": 0.02},
    "payments": {"sandbox_slow_seconds": 0.3, "webhook_secrets": [WEBHOOK_SECRET]},
}
"""Settings that make no difference but to how long the suites take."""


def fresh(name: str) -> str:
    """Return a name that no other test uses: what lies on a stage stays there."""
    return f"{name}-{secrets.token_hex(6)}"


@final
class MovableClock(Clock):
    """The machine's clock, which a test may put forward."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, span: timedelta) -> None:
        """Let so much time have passed."""
        self._ahead += span


class Stage:
    """Some modules of the store, to be called through their contracts; ``name`` says over which carrier.

    Suites share it, so a test makes what it needs under `fresh` names and asserts nothing about the rest.
    """

    def __init__(self, name: str, host: Host, key: bytes, clock: MovableClock | None) -> None:
        self.name = name
        self._host = host
        self._clock = clock
        self._signer = AssertionSigner(key, clock or MovableClock())
        self._identities = Identities(public_part(key), clock or MovableClock())

    def contract(self, protocol: type[T]) -> T:
        """Return what the suite calls."""
        return self._host.proxy(protocol)

    @contextmanager
    def acting(self, who: Role | Actor | str) -> Iterator[Actor]:
        """Make the calls in the block as somebody: new with a role, a known actor, or by an assertion.

        People are known by an assertion everywhere, as another host would not take anybody's word for it.
        """
        if isinstance(who, Role):
            who = _somebody(who)
        if isinstance(who, str):
            with self._identities.acting(who) as actor:
                yield actor
        elif who == GUEST or who.roles == SYSTEM:
            with scope(context=Context(request_id=self.name, actor=who)):
                yield who
        else:
            with self._identities.acting(self._signer.sign(who, LIFETIME)) as actor:
                yield actor

    def wait(self, **span: float) -> None:
        """Let time pass, as for `timedelta`; skips the test where the time is not in its hands."""
        if self._clock is None:
            pytest.skip("a process of its own goes by the machine's clock")
        self._clock.advance(timedelta(**span))


def _somebody(role: Role) -> Actor:
    if role is Role.GUEST:
        return GUEST
    if role is Role.SYSTEM:
        return Actor(id=HOST, roles=SYSTEM)
    return Actor(id=fresh(role), roles=frozenset({role}))


@asynccontextmanager
async def direct_stage(modules: tuple[str, ...], folder: Path) -> AsyncIterator[Stage]:
    """The modules in this process, called directly."""
    async with _host(modules, folder) as (host, clock):
        yield Stage("direct", host, KEY, clock)


@asynccontextmanager
async def strict_stage(modules: tuple[str, ...], folder: Path) -> AsyncIterator[Stage]:
    """The modules in this process, every call between them through the codec, and twice where it may be repeated."""
    async with _host(modules, folder, strict=True) as (host, clock):
        yield Stage("strict", host, KEY, clock)


@asynccontextmanager
async def fake_stage(modules: tuple[str, ...], folder: Path) -> AsyncIterator[Stage]:
    """The modules' own fakes in their place."""
    async with _host(modules, folder, fakes=modules) as (host, clock):
        yield Stage("fake", host, KEY, clock)


@asynccontextmanager
async def postgresql_stage(modules: tuple[str, ...], folder: Path) -> AsyncIterator[Stage]:
    """The modules in this process, called directly, with their data on PostgreSQL."""
    url = DatabaseUrl(Places("postgresql", folder).prepared(*modules))
    async with _host(modules, folder, database=DatabaseSettings(url=url)) as (host, clock):
        yield Stage("postgresql", host, KEY, clock)


@asynccontextmanager
async def _host(
    modules: tuple[str, ...],
    folder: Path,
    *,
    fakes: tuple[str, ...] = (),
    strict: bool = False,
    database: DatabaseSettings = DatabaseSettings(),  # noqa: B008  # it is frozen
) -> AsyncIterator[tuple[Host, MovableClock]]:
    clock, plan = MovableClock(), make_plan(shop_parts(*modules))
    settings = Settings(data=folder, modules=CHEAP, strict=strict, database=database, patience=UNHURRIED)
    async with Host(plan, settings, both_keys(KEY), fakes=fakes, clock=clock) as host:
        yield host, clock
