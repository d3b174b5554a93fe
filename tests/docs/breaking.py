"""Run beside the broken wish lists of docs/guides/boundaries.md: prints what the guards, and another host, say of them.

Its argument is a data folder. The contract of the next release is `contracts.wishes_following`.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import text

from app.evolution.shape import shape_of
from app.wire.agreement import Agreement
from app.wiring import find_modules
from contracts.catalog import Catalog
from contracts.kit import Actor, Context, Internal, Role, SeedSize, contract_of
from contracts.kit.context import scope
from tests.builders import running
from tests.query_guard import QueryGuard

ADA = Context(actor=Actor(id="ada", roles=frozenset({Role.CUSTOMER})))
KEY = "wishes.v1"


class Printing:
    """Prints what pytest would at the end of a run, without the list of what is all right."""

    def section(self, title: str) -> None: ...

    def write(self, text: str) -> None: ...

    def write_line(self, line: str, **_: object) -> None:
        print(line)


async def use(data: Path, wishes: type) -> None:
    """Wish for something, which fails, and look at a list with a wish on it."""
    parts = [part for part in find_modules() if part.name in ("wishes", "catalog")]
    async with running(*parts, data=data) as host:
        await host.seeded["catalog"](host.container("catalog"), SeedSize.S, lambda done, total: None)
        product = await anext(host.proxy(Catalog).export())
        proxy: Any = host.proxy(wishes)
        with scope(context=ADA):
            with suppress(Internal):
                await proxy.wish(product.id)
            async with host.container("wishes").database().write() as work:
                await work.session.execute(text("INSERT INTO wishes VALUES ('ada', 'mug', 'Mug')"))
            with suppress(Internal):
                await proxy.list_wishes()


def meet(caller: type, callee: type) -> None:
    """Print what a caller is told by a host that has another release of its contract."""
    here, there = (Agreement({KEY: shape_of(contract_of(each), KEY)}) for each in (caller, callee))
    told = there.told(here.fingerprints, 1 << 20)
    for path, why in here.refusals(there.fingerprints, told).items():
        print(f"{path}: {why}")


def main() -> None:
    """Print all that is said."""
    guard, said = QueryGuard(), logging.StreamHandler(sys.stdout)
    guard.pytest_configure()
    logging.getLogger("freestone.guard").addHandler(said)
    now, following = (importlib.import_module(f"contracts.{name}").Wishes for name in ("wishes", "wishes_following"))
    asyncio.run(use(Path(sys.argv[1]), now))
    guard.pytest_terminal_summary(cast(pytest.TerminalReporter, Printing()))
    meet(now, following)


if __name__ == "__main__":
    main()
