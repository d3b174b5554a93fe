"""A mover that is killed, stopped or overtaken leaves exactly one copy that takes writes, and all of the data there."""

from __future__ import annotations

import asyncio

import pytest

from app.data import copies
from app.data.copies import SERVING, Copy
from app.data.database import ModuleDatabase
from app.data.moving import fence
from app.data.moving.ends import check_target, complete
from app.data.moving.failures import MoveFailed, MoveLost
from app.data.moving.mover import Mover, Report
from app.data.place import Place
from app.data.places import copy_at, follow
from app.data.site import Site
from contracts.kit import Unavailable
from tests.app.data.moving.conftest import DERIVED, MIGRATIONS, STEPS, Ends, any_way, ask, do, killed_at

ONE = "INSERT INTO baskets (owner) VALUES (NULL)"


@pytest.fixture(autouse=True)
def _very_short_fences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fence, "LASTS", 0.5)


async def count(database: ModuleDatabase) -> int:
    [(found,)] = await ask(database, "SELECT count(*) FROM baskets")
    return int(found)


@pytest.mark.parametrize("step", STEPS)
async def test_killed_at_a_step(shop: ModuleDatabase, ends: Ends, step: str) -> None:
    """Who had it open, who opens it then, and who moves it again all find the same one copy."""
    await do(shop, *[ONE] * 20)
    killed = await killed_at(ends, step)
    await do(shop, ONE)
    other = await ModuleDatabase.open(ends.source, migrations=MIGRATIONS)
    await do(other, ONE)
    assert (await count(shop), await count(other)) == (22, 22)
    here, there = copy_at(ends.source), copy_at(ends.target)
    if step in ("switched", "arrived"):
        assert here is not None
        assert (here.state, there) == ("moved", SERVING)
    else:
        assert here == Copy(move=here.move)  # type: ignore[union-attr]
        assert there is None or there.state == "arriving"
    place = follow(ends.source)
    assert {shop.place.key, other.place.key} == {place.key}
    if place.key == ends.target.key:
        await complete(place)
    else:
        check_target(ends.source, ends.target)
        await ends.move()
    await do(other, ONE)
    assert (await count(shop), shop.place.key) == (23, ends.target.key)
    await killed.bury()
    assert await count(other) == 23
    await other.close()


@any_way
@pytest.mark.parametrize("back", [False, True])
async def test_killed_on_the_way_back(shop: ModuleDatabase, ends: Ends, back: bool) -> None:
    """The first place, which settings may name, holds a half copy then; who starts there is led to the whole one."""
    await do(shop, ONE)
    await ends.move()
    await do(shop, ONE)
    killed = await killed_at(Ends(ends.target, ends.source), "switched" if back else "copied")
    other = await ModuleDatabase.open(ends.source, migrations=MIGRATIONS)
    await do(other, ONE)
    assert (await count(other), await count(shop)) == (3, 3)
    assert other.place.key == (ends.source if back else ends.target).key
    await other.close()
    await killed.bury()


async def test_a_mover_that_was_stopped_behind_its_fence_loses(shop: ModuleDatabase, ends: Ends) -> None:
    """The fence falls by itself; what was written since is not left behind, whenever the mover goes on."""
    stopped = asyncio.Event()
    again = asyncio.Event()

    async def stop(step: str) -> None:
        if step == "matched" and not stopped.is_set():
            stopped.set()
            await again.wait()

    moving = asyncio.create_task(ends.mover(step=stop, short=60).move())
    await stopped.wait()
    await do(shop, ONE)
    again.set()
    with pytest.raises(MoveLost, match="The fence was taken down"):
        await moving
    assert (await count(shop), shop.place.key) == (1, ends.source.key)
    assert copy_at(ends.source) == SERVING


@any_way
async def test_of_two_movers_the_later_wins(shop: ModuleDatabase, ends: Ends) -> None:
    """Wherever the earlier is, it changes nothing any more, at either end."""
    await do(shop, *[ONE] * 3)
    for step, where in (("prepared", "The database"), ("caught up", "The database"), ("matched", "The fence")):
        gone_on = asyncio.Event()
        there = asyncio.Event()

        async def stop(name: str, step: str = step, there: asyncio.Event = there, go: asyncio.Event = gone_on) -> None:
            if name == step:
                there.set()
                await go.wait()

        earlier = asyncio.create_task(ends.mover(step=stop, short=60).move())
        await there.wait()
        later = ends.mover()
        await later.move(rehearse=True)
        gone_on.set()
        with pytest.raises(MoveFailed, match=where):
            await earlier
        assert copy_at(ends.source) == SERVING
    await ends.move()
    assert (await count(shop), shop.place.key) == (3, ends.target.key)


@pytest.mark.parametrize("rehearse", [False, True])
async def test_a_mover_that_was_stopped_before_it_began_leaves_what_has_come_since(
    shop: ModuleDatabase, ends: Ends, rehearse: bool
) -> None:
    """Another has moved the data where the first was to make room for it, and customers have written there."""
    await do(shop, ONE)
    stopped, go_on, moving = await _stopped_at("claimed", ends, rehearse=rehearse)
    await stopped.wait()
    await ends.move()
    await do(shop, ONE)
    go_on.set()
    with pytest.raises(MoveLost, match="was taken over meanwhile, by another move or by a host"):
        await moving
    assert (await count(shop), shop.place.key) == (2, ends.target.key)
    assert copy_at(ends.target) == SERVING


@any_way
@pytest.mark.parametrize("step", ["prepared", "copied", "matched"])
@pytest.mark.parametrize("again", [False, True])
async def test_a_target_is_not_taken_from_a_mover_that_still_can_switch(
    shop: ModuleDatabase, ends: Ends, step: str, again: bool
) -> None:
    """The earlier goes on when the later has only the switch to do, or anything else, in a place used before or not."""
    await do(shop, ONE)
    if again:
        await ends.move()
        await ends.move(back=True)
    stopped, go_on, earlier = await _stopped_at("claimed", ends)
    await stopped.wait()
    there, switch, later = await _stopped_at(step, ends)
    await there.wait()
    go_on.set()
    with pytest.raises(MoveLost, match="was taken over meanwhile"):
        await earlier
    switch.set()
    await later
    await do(shop, ONE)
    assert (await count(shop), shop.place.key) == (2, ends.target.key)


@any_way
async def test_who_takes_the_target_from_a_mover_has_taken_the_switch_from_it(shop: ModuleDatabase, ends: Ends) -> None:
    """One that finds the other's unfinished copy there claims the source before it makes that copy anew."""
    await do(shop, ONE)
    there, switch, earlier = await _stopped_at("matched", ends)
    await there.wait()
    prepared, go_on, later = await _stopped_at("prepared", ends)
    await prepared.wait()
    switch.set()
    with pytest.raises(MoveLost):
        await earlier
    go_on.set()
    await later
    assert (await count(shop), shop.place.key) == (1, ends.target.key)


async def test_a_host_that_was_stopped_on_its_way_takes_no_half_copy_for_the_data(
    shop: ModuleDatabase, ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has been led to the target; then the data goes back, and comes there anew."""
    await do(shop, ONE)
    await ends.move()
    on_its_way, go_on = asyncio.Event(), asyncio.Event()
    opened = Site.open

    async def slow(place: Place) -> Site:
        monkeypatch.setattr(Site, "open", opened)
        on_its_way.set()
        await go_on.wait()
        return await opened(place)

    monkeypatch.setattr(Site, "open", slow)
    opening = asyncio.create_task(ModuleDatabase.open(ends.source, migrations=MIGRATIONS))
    await on_its_way.wait()
    await ends.move(back=True)
    await do(shop, ONE)
    killed = await killed_at(ends, "prepared")
    go_on.set()
    late = await opening
    assert (late.place.key, await count(late)) == (ends.source.key, 2)
    assert copy_at(ends.target).state == "arriving"  # type: ignore[union-attr]
    await killed.bury()
    await late.close()


@any_way
async def test_what_is_so_is_said_when_the_target_fails_after_the_switch(
    shop: ModuleDatabase, ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The data has moved, though nobody could tell its new place; the same move again does."""
    await do(shop, ONE)
    mover = ends.mover()

    async def fail(_: object, __: object) -> None:
        raise Unavailable(operation="the database of shop", reason="its server cannot be reached")

    monkeypatch.setattr(mover, "_arrive", fail)
    with pytest.raises(MoveFailed, match=r"^The data has moved, but its new place was not told so; move it again"):
        await mover.move()
    assert copy_at(ends.source).state == "moved"  # type: ignore[union-attr]
    await complete(follow(ends.source))
    assert copy_at(ends.target) == SERVING
    assert await count(shop) == 1


@any_way
async def test_what_is_not_known_is_said_when_the_source_fails_at_the_switch(
    shop: ModuleDatabase, ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: object, __: object) -> bool:
        raise Unavailable(operation="the database of shop", reason="its server cannot be reached")

    monkeypatch.setattr(fence.Fence, "switch", fail)
    with pytest.raises(MoveFailed, match="nobody knows yet whether the data has moved; move it again"):
        await ends.move()


@any_way
async def test_what_takes_too_long_behind_the_fence_is_tried_again(shop: ModuleDatabase, ends: Ends) -> None:
    """Writers get on in between; a move that never comes to its end leaves everything as it was."""
    mover = ends.mover(short=-1)
    with pytest.raises(MoveFailed, match="could not be caught up with in -1 s, in 5 tries"):
        await mover.move()
    assert mover.report.fences == 5
    assert copy_at(ends.source) == SERVING
    mover = ends.mover()
    slow = 2

    async def stop(step: str) -> None:
        nonlocal slow
        if step == "fenced" and slow:
            slow -= 1
            mover._short = -1.0
        elif step == "caught up":
            mover._short = 60.0
            await do(shop, ONE)

    mover._step = stop
    report = await mover.move()
    assert report.fences == 3
    assert await count(shop) == 3


@any_way
async def test_a_reader_that_has_not_seen_the_fence_does_not_read_what_is_old(shop: ModuleDatabase, ends: Ends) -> None:
    """Somebody who looked a moment before the fence looks again before the switch could be made."""
    await do(shop, ONE)
    other = await ModuleDatabase.open(ends.source, migrations=MIGRATIONS)
    seen = []

    async def read(step: str) -> None:
        if step == "caught up":
            assert await count(other) == 1
        elif step == "switched":
            await do(shop, ONE)
            seen.append(await count(other))

    await ends.mover(step=read).move()
    assert seen == [2]
    await other.close()


@any_way
async def test_an_error_on_the_way_leaves_nothing_behind(shop: ModuleDatabase, ends: Ends) -> None:
    for failing in STEPS[:-2]:

        async def fail(step: str, failing: str = failing) -> None:
            if step == failing:
                raise OSError(step)

        with pytest.raises(OSError, match=failing):
            await ends.mover(step=fail).move()
        assert copy_at(ends.source) == SERVING
        left = await ask(shop, _NAMES["sqlite" if ends.source.address.startswith("sqlite:") else "postgresql"])
        assert left == []
    await do(shop, ONE)
    await Mover(ends.source, ends.target, MIGRATIONS, DERIVED).move()
    assert await count(shop) == 1


@any_way
async def test_a_copy_that_is_not_whole_is_not_written_to(shop: ModuleDatabase, ends: Ends) -> None:
    """A host that was stopped since before the data moved away, and is on its way back, finds where it is now."""
    stopped = await ModuleDatabase.open(ends.source, migrations=MIGRATIONS)
    await ends.move()
    await do(shop, ONE)
    killed = await killed_at(Ends(ends.target, ends.source), "copied")
    assert copies.Copy("arriving").state == copy_at(ends.source).state  # type: ignore[union-attr]
    await do(stopped, ONE)
    assert (await count(stopped), await count(shop), stopped.place.key) == (2, 2, ends.target.key)
    await killed.bury()
    await stopped.close()


async def _stopped_at(
    step: str, ends: Ends, *, rehearse: bool = False
) -> tuple[asyncio.Event, asyncio.Event, asyncio.Task[Report]]:
    """Begin a move that says when it has come to a step, and waits there until it is told to go on."""
    there, go_on = asyncio.Event(), asyncio.Event()

    async def stop(name: str) -> None:
        if name == step:
            there.set()
            await go_on.wait()

    return there, go_on, asyncio.create_task(ends.mover(step=stop, short=60).move(rehearse=rehearse))


_NAMES = {
    "sqlite": "SELECT name FROM sqlite_schema WHERE name LIKE 'freestone_changes%'",
    "postgresql": "SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace "
    "AND starts_with(proname, 'freestone_changes') UNION ALL SELECT tablename FROM pg_tables "
    "WHERE schemaname = current_schema() AND starts_with(tablename, 'freestone_changes')",
}
