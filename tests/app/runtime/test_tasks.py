"""A task stands where its parent stood when it was made, whatever context it runs in."""

from __future__ import annotations

import asyncio
import contextvars
import time

import pytest

from contracts.kit import Role, current_actor, remaining
from contracts.kit.context import scope
from tests.app.runtime.builders import AGES, HURRY, House, acting_as, done, in_time


@pytest.mark.parametrize("how", ["plain", "copied", "empty", "own"])
async def test_a_child_task_begins_where_its_parent_stands(house: House, how: str) -> None:
    """Whatever context it is given, and wherever its parent has got to meanwhile."""
    given = {"plain": None, "copied": contextvars.copy_context(), "empty": contextvars.Context()}

    async def child() -> tuple[str, float | None]:
        await asyncio.sleep(0)
        return current_actor().id, remaining()

    async def parent() -> asyncio.Task[tuple[str, float | None]]:
        with scope(context=acting_as(Role.CUSTOMER), due=time.monotonic_ns() + round(AGES * 1e9)):
            if how == "own":
                return contextvars.copy_context().run(lambda: asyncio.create_task(child()))
            return asyncio.create_task(child(), context=given[how])

    actor, left = await (await parent())
    assert actor == "ada"
    assert left is not None
    assert left <= AGES
    assert current_actor().id == ""


@in_time
async def test_tasks_that_share_a_context_keep_their_own_actors_and_deadlines(house: House) -> None:
    shared = contextvars.copy_context()

    async def look() -> str:
        await asyncio.sleep(0)
        left = remaining()
        return f"{current_actor().id or 'guest'} {'hurries' if left is not None and left <= HURRY else 'waits'}"

    errand = house.errand(look).proxy

    async def customer() -> list[str]:
        with scope(context=acting_as(Role.CUSTOMER)):
            return [await errand.run() for _ in range(5)]

    async def guest() -> list[str]:
        return [await errand.hurry() for _ in range(5)]

    tasks = [asyncio.create_task(work(), context=shared) for work in (customer, guest, customer, guest)]
    assert await asyncio.gather(*tasks) == [["ada waits"] * 5, ["guest hurries"] * 5] * 2


async def test_a_task_may_be_given_the_context_it_is_made_in(house: House) -> None:
    context = contextvars.copy_context()

    async def make() -> str:
        return await asyncio.create_task(house.errand(done).proxy.run(), context=context)

    assert await asyncio.create_task(make(), context=context) == "done"


async def test_a_task_of_another_making_has_a_place_of_its_own(house: House) -> None:
    """As the one in which a server runs, which began before there was a host."""
    asyncio.get_running_loop().set_task_factory(None)

    async def look() -> str:
        return current_actor().id or "guest"

    errand = house.errand(look).proxy

    async def customer() -> str:
        with scope(context=acting_as(Role.CUSTOMER)):
            await asyncio.sleep(0)
            return await errand.run()

    assert list(await asyncio.gather(customer(), errand.run(), customer())) == ["ada", "guest", "ada"]


async def test_tasks_that_call_at_the_same_time_keep_their_own_actors(house: House) -> None:
    async def who() -> str:
        await asyncio.sleep(0)
        return current_actor().id

    errand = house.errand(who).proxy

    async def ask() -> list[str]:
        with scope(context=acting_as(Role.CUSTOMER)):
            inside = await errand.run()
        return [inside, await errand.run()]

    assert await asyncio.gather(*(ask() for _ in range(50))) == [["ada", ""]] * 50
