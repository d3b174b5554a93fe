"""Demonstration data: each module fills itself, providers before those who listen to them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from app.runtime.host import Host
from contracts.kit import SYSTEM, Actor, Context, SeedSize
from contracts.kit.context import scope


async def seed_modules(host: Host, size: SeedSize, report: Callable[[str, int, int], None]) -> None:
    """Have every module of a running host that is not quarantined seed itself; reports (module, done, total).

    Before each, what others published has been handled.
    """
    for name, fill in host.seeded.items():
        await host.settled()
        with scope(context=Context(actor=Actor(id=name, roles=SYSTEM))):
            await fill(host.container(name), size, partial(report, name))
    await host.settled()
