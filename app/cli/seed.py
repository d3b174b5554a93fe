"""`freestone seed`: fill the store with demonstration data."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.runtime.seeding import seed_modules
from app.store import open_store
from contracts.kit import SeedSize


def seed(
    size: Annotated[SeedSize, typer.Option(help="S: 120 products; M: 5,000.", case_sensitive=False)] = SeedSize.S,
) -> None:
    """Fill each module with demonstration data; running it again changes nothing."""
    asyncio.run(_seed(size))


async def _seed(size: SeedSize) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    async with open_store(os.environ) as store:
        with Progress(*columns, transient=True, disable=not sys.stdout.isatty()) as progress:
            bars = {name: progress.add_task(name, total=None) for name in store.host.seeded}

            def report(module: str, done: int, total: int) -> None:
                progress.update(bars[module], completed=done, total=total)

            await seed_modules(store.host, size, report)
        left_out = [name for name, failure in store.host.status().items() if failure]
    print(f"The demonstration data of size {size} is there{_except(left_out)}.")


def _except(left_out: Sequence[str]) -> str:
    return f", except in {', '.join(left_out)}, which cannot be started" if left_out else ""
