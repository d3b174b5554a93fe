"""Demonstration data: each module fills itself, providers before those who listen to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from app.errors import LaunchRefused
from app.runtime.host import Host
from app.runtime.part import Part
from app.runtime.plan import publisher_of
from app.setting_source import rather
from contracts.kit import SYSTEM, Actor, Context, SeedSize
from contracts.kit.context import scope
from contracts.kit.module import Seed


async def seed_modules(
    host: Host, size: SeedSize, report: Callable[[str, int, int], None], only: str | None = None
) -> None:
    """Have every module of a running host that is not quarantined seed itself; reports (module, done, total).

    Before each, what others published has been handled. ``only`` names the one to seed, `LaunchRefused`
    where that one cannot be.
    """
    chosen = host.seeded
    if only is not None:
        if only not in chosen:
            raise LaunchRefused(_why_not(host, only))
        chosen = {only: chosen[only]}
    for name, fill in _publishers_first(host, chosen):
        await host.settled()
        with scope(context=Context(actor=Actor(id=name, roles=SYSTEM))):
            await fill(host.container(name), size, partial(report, name))
    await host.settled()


def _publishers_first(host: Host, chosen: Mapping[str, Seed]) -> Iterator[tuple[str, Seed]]:
    """Yield each after those to whose events it listens, which its needs do not say; where that is a circle, anyhow."""
    parts, left = {part.name: part for part in host.parts}, dict(chosen)
    while left:
        free = (name for name in left if not _publishers(parts[name], host.parts) & left.keys() - {name})
        name = next(free, next(iter(left)))
        yield name, left.pop(name)


def _publishers(part: Part, parts: Iterable[Part]) -> set[str]:
    listened = () if part.module is None else part.module.listens
    return {found.name for event in listened if (found := publisher_of(event, parts)) is not None}


def _why_not(host: Host, module: str) -> str:
    modules = host.status()
    if module not in modules:
        return f"{module} is no module{rather(module, host.seeded)}"
    if modules[module]:
        return f"{module} cannot be started: {modules[module]}."
    return f"{module} has no demonstration data of its own."
