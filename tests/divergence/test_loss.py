"""A callee that dies: in-process its caller dies with it; elsewhere the caller is told what is known, and no more."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.runtime.host import Host
from app.runtime.identity import both_keys
from contracts.kit import Unavailable
from tests.builders import KEY
from tests.carriers.house import assembly, furnish
from tests.carriers.kitchen import Kitchen
from tests.carriers.process import launched
from tests.carriers.test_cancellation import began
from tests.carriers.ways import main_host

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_module_that_is_not_here_did_nothing(tmp_path: Path) -> None:
    found = assembly(tmp_path)
    async with Host(found.plan, found.settings, both_keys(KEY), runs=["diner"]) as host:
        kitchen = host.proxy(Kitchen, "diner")
        with pytest.raises(Unavailable) as caught:
            await kitchen.ring("a")
        assert not caught.value.may_have_executed


async def test_a_host_that_died_may_have_done_what_it_was_asked_and_did_nothing_after(tmp_path: Path) -> None:
    data = tmp_path / "data"
    furnish(data)
    with launched(data) as child:
        async with main_host(data) as host:
            kitchen = host.proxy(Kitchen, "diner")
            command, query = asyncio.create_task(kitchen.stew("a")), asyncio.create_task(kitchen.wait("b"))
            await began(kitchen, "a")
            await began(kitchen, "b")
            child.process.kill()
            ends = await asyncio.gather(command, query, return_exceptions=True)
            assert [type(each) for each in ends] == [Unavailable, Unavailable]
            assert [each.may_have_executed for each in ends if isinstance(each, Unavailable)] == [True, True]
            with pytest.raises(Unavailable) as caught:
                await kitchen.ring("a")
            assert not caught.value.may_have_executed
