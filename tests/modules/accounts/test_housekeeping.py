"""What is not needed any more goes, and only that."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from contracts.accounts import WrongCredentials
from modules.accounts.housekeeping import remove_stale
from modules.accounts.store import purge
from tests.modules.accounts.desk import EMAIL, GOOD, HOME, Desk

TABLES = ("sessions", "buckets", "failures", "known_sources")


async def purged(desk: Desk) -> bool:
    async with desk.database.write() as work:
        return await purge.purge(work.session, int(desk.clock.now().timestamp()))


async def used(desk: Desk) -> None:
    """Leave something in every table."""
    await desk.registered()
    with pytest.raises(WrongCredentials):
        await desk.accounts.log_in(EMAIL, "a wrong password", "203.0.113.5")


async def test_what_still_counts_stays(desk: Desk) -> None:
    await used(desk)
    before = [await desk.rows(table) for table in TABLES]
    assert all(before)
    assert not await purged(desk)
    assert [await desk.rows(table) for table in TABLES] == before


async def test_what_has_ended_goes_and_accounts_stay(desk: Desk) -> None:
    await used(desk)
    counts = {}
    for days in (1, 13, 76):
        desk.clock.advance(days=days)
        await purged(desk)
        counts[days] = [await desk.rows(table) for table in TABLES]
    assert counts == {1: [1, 0, 0, 1], 13: [0, 0, 0, 1], 76: [0, 0, 0, 0]}
    await desk.accounts.log_in(EMAIL, GOOD, HOME)


async def test_much_goes_in_batches(desk: Desk) -> None:
    async with desk.database.write() as work:
        rows = [{"key": number.to_bytes(4, "big")} for number in range(purge.BATCH + 1)]
        await work.session.execute(sa.text("INSERT INTO buckets (key, empty_at) VALUES (:key, 0)"), rows)
    assert await purged(desk)
    assert await desk.rows("buckets") == 1
    assert not await purged(desk)
    assert await desk.rows("buckets") == 0


async def test_it_is_done_without_being_asked(desk: Desk) -> None:
    await used(desk)
    desk.clock.advance(days=400)
    task = asyncio.create_task(remove_stale(desk.container))
    try:
        async with asyncio.timeout(5):
            while await desk.rows("sessions"):
                pass
    finally:
        task.cancel()
        await asyncio.wait([task])
    assert task.cancelled()
