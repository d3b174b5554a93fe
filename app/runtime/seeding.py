"""Demonstration data: each module fills itself, providers before those who listen to them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from app.errors import LaunchRefused
from app.runtime.host import Host
from contracts.kit import SYSTEM, Actor, Context, SeedSize
from contracts.kit.context import scope


async def seed_modules(host: Host, size: SeedSize, report: Callable[[str, int, int], None]) -> None:
    """Have every module of a running host seed itself; reports (module, done, total).

    Before each, what others published has been handled. `LaunchRefused` where a module is quarantined:
    half a demonstration would help nobody.
    """
    for name, fill in host.seeded.items():
        failure = host.failure(name)
        if failure is not None:
            raise LaunchRefused(f"Nothing to seed into: {failure}.")
        await host.settled()
        with scope(context=Context(actor=Actor(id=name, roles=SYSTEM))):
            await fill(host.container(name), size, partial(report, name))
    await host.settled()
