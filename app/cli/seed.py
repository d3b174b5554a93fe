"""`freestone seed`: fill the store with demonstration data."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.config import environment
from app.runtime.seeding import seed_modules
from app.store import open_alone
from contracts.kit import SeedSize


def seed(
    module: Annotated[str | None, typer.Argument(help="The one to fill; all, where none is named.")] = None,
    *,
    size: Annotated[SeedSize, typer.Option(help="S: 120 products; M: 5,000.", case_sensitive=False)] = SeedSize.S,
) -> None:
    """Fill the modules, or one, with demonstration data; running it again changes nothing."""
    asyncio.run(_seed(size, module))


async def _seed(size: SeedSize, module: str | None) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    async with open_alone(environment()) as host:
        with Progress(*columns, transient=True, disable=not sys.stdout.isatty()) as progress:
            bars = {name: progress.add_task(name, total=None) for name in host.seeded if module in (None, name)}

            def report(name: str, done: int, total: int) -> None:
                progress.update(bars[name], completed=done, total=total)

            await seed_modules(host, size, report, module)
        left_out = [name for name, failure in host.status().items() if failure]
    if module is None:
        print(f"The demonstration data of size {size} is there{_except(left_out)}.")
    else:
        print(f"The demonstration data of {module}, size {size}, is there.")


def _except(left_out: Sequence[str]) -> str:
    return f", except in {', '.join(left_out)}, which cannot be started" if left_out else ""
