"""What many tests build: a host over some modules in a folder of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from app.config import Settings
from app.runtime.host import Host
from app.runtime.identity import both_keys
from app.runtime.part import Part, make_part
from app.runtime.plan import make_plan
from app.wiring import find_modules
from contracts.kit import Clock, Module

KEY = bytes(range(32))
UNHURRIED = 20
"""How many times its deadline an operation has in tests that are not about time: their machines are shared."""


def shop_parts(*names: str) -> list[Part]:
    """Return the shop's own modules of these names, as the wiring finds them."""
    return [part for part in find_modules() if part.name in names]


@asynccontextmanager
async def running(
    *modules: Module | Part,
    data: Path,
    clock: Clock | None = None,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    limit: int = 1000,
    patience: float = UNHURRIED,
) -> AsyncIterator[Host]:
    """Run a host over some modules, with a data folder and ``[modules.<name>]`` settings, until the block ends."""
    parts = [each if isinstance(each, Part) else make_part(each) for each in modules]
    data.mkdir(exist_ok=True)  # noqa: ASYNC240 - a moment, in a test
    configured = Settings(data=data, modules=settings or {}, limit=limit, patience=patience)
    async with Host(make_plan(parts), configured, both_keys(KEY), clock=clock) as host:
        yield host
