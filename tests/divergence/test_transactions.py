"""The transaction guard: it watches tasks, and what another host does for a call it does in a task of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.runtime.host import Host
from app.runtime.identity import both_keys
from contracts.kit.context import current_holder
from contracts.kit.writing import Writing
from tests.builders import KEY
from tests.carriers.house import assembly
from tests.carriers.kitchen import Kitchen
from tests.carriers.ways import cookhouse, main_host

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("expects_violations")]


@contextmanager
def writing() -> Iterator[None]:
    """Stand in a write transaction of the diner's, which has no database."""
    holder = current_holder()
    holder.writing = Writing("diner")
    try:
        yield
    finally:
        holder.writing = None


async def test_a_call_in_a_transaction_is_refused_on_either_way_in_development(
    guarded: Kitchen, tmp_path: Path
) -> None:
    async with cookhouse(tmp_path / "data"), main_host(tmp_path / "data") as host:
        for kitchen in (guarded, host.proxy(Kitchen, "diner")):
            with writing(), pytest.raises(RuntimeError, match=r"diner calls kitchen_sink\.who_beyond inside its own"):
                await kitchen.who_beyond()


async def test_where_it_is_only_counted_what_the_callee_calls_further_is_counted_here_too(tmp_path: Path) -> None:
    found = assembly(tmp_path / "one", production=True)
    (tmp_path / "one").mkdir()
    async with Host(found.plan, found.settings, both_keys(KEY)) as host:
        with writing():
            await host.proxy(Kitchen, "diner").who_beyond()
        assert host.guard.violations == 2
    data = tmp_path / "two"
    async with cookhouse(data, production=True) as there, main_host(data, production=True) as here:
        with writing():
            await here.proxy(Kitchen, "diner").who_beyond()
        assert (here.guard.violations, there.guard.violations) == (1, 0)
