"""A move brings everything, and only what the module itself has written, from any engine to any."""

from __future__ import annotations

import datetime
import decimal
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.data import copies
from app.data.copies import SERVING, Standing
from app.data.database import ModuleDatabase
from app.data.moving.copier import learn
from app.data.moving.ends import complete
from app.data.places import copy_at
from app.data.site import Site
from contracts.kit import Unavailable
from tests.app.data.moving.conftest import DERIVED, MIGRATIONS, Ends, Sold, ask, contents, do, every_way

EVERYTHING: tuple[dict[str, Any], ...] = (
    {
        "id": b"\x00\xff",
        "word": "naïve 'quoted' %s ☃",
        "whole": -(2**63),
        "yes": True,
        "raw": bytes(range(256)),
        "fraction": 0.1,
        "exact": decimal.Decimal("-12345678901.25"),
        "at": datetime.datetime(2024, 2, 29, 23, 59, 59, 123456),  # noqa: DTZ001 - as the column has it
        "day": datetime.date(1900, 1, 1),
        "hour": datetime.time(0, 0, 1),
        "said": {"b": [1, None, "x"], "a": {}},
    },
    {"id": b"", "word": "", "whole": 0, "yes": False, "raw": b"", "fraction": -1e300, "exact": decimal.Decimal(3)},
    {"id": b"none"},
)


async def test_every_value_arrives_as_it_was(shop: ModuleDatabase, ends: Ends) -> None:
    async with shop.write() as work:
        kinds = (await learn(work.session, DERIVED))["kinds"].table
        for row in EVERYTHING:
            await work.session.execute(insert(kinds).values(**row))
    await ends.move()
    async with shop.read() as session:
        found = [dict(row._mapping) for row in await session.execute(select(kinds).order_by(kinds.c.id))]
    none: dict[str, Any] = dict.fromkeys(kinds.c.keys())
    assert found == sorted((none | row for row in EVERYTHING), key=lambda row: row["id"] or b"")
    assert shop.place.key == ends.target.key


@every_way
async def test_changes_of_every_sort_are_caught_up_with(shop: ModuleDatabase, ends: Ends) -> None:
    """Rows that come, go, change their key, swap what is unique, or go with their parents, while they are copied."""
    for number in range(1, 9):
        await do(
            shop,
            f"INSERT INTO baskets VALUES ({number}, 'owner {number}', {number - 1 or 'NULL'})",
            f"INSERT INTO lines VALUES ({number}, 'sku', {number}), ({number}, 'other', 1)",
        )
    await do(shop, "UPDATE baskets SET above = 8 WHERE number = 1")

    async def change(step: str) -> None:
        if step == "copied":
            await do(
                shop,
                "UPDATE baskets SET above = NULL WHERE above = 2",
                "DELETE FROM baskets WHERE number = 2",  # and its lines
                "UPDATE baskets SET owner = NULL WHERE number = 3",
                "UPDATE baskets SET owner = 'owner 3' WHERE number = 4",
                "UPDATE baskets SET owner = 'owner 4' WHERE number = 3",
                "UPDATE lines SET sku = 'moved' WHERE basket = 5 AND sku = 'sku'",
                "INSERT INTO lines VALUES (6, 'sku', 60) ON CONFLICT (sku, basket) DO UPDATE SET quantity = 66",
                "INSERT INTO baskets VALUES (20, 'owner 2', 20)",
            )
        elif step == "compared":
            await do(shop, "INSERT INTO lines VALUES (7, 'late', 7)", "DELETE FROM lines WHERE basket = 8")
        elif step == "caught up":
            if ends.source.address.startswith("sqlite:"):  # which removes basket 20 behind the back of a plain trigger
                await do(shop, "REPLACE INTO baskets VALUES (21, 'owner 2', NULL)")
            await do(shop, "INSERT INTO lines VALUES (7, 'last', 7)")

    moved = await ends.move(step=change)
    tables = ("baskets", "lines", "seen")
    after = await contents(shop, *tables)
    assert moved.changes > 0
    assert moved.last_changes > 0
    assert [row for row in after["lines"] if row[0] == 6] == [(6, "other", 1), (6, "sku", 66)]
    assert {row[0] for row in after["lines"]} == {1, 3, 4, 5, 6, 7}
    old = await _as_it_was(ends, tables)
    assert after == old


async def test_it_goes_on_there_as_it_would_have_here(shop: ModuleDatabase, ends: Ends) -> None:
    """Numbers are not given twice, parents are looked after, and the module's own trigger runs once a line."""
    await do(shop, "INSERT INTO baskets VALUES (1, 'ann', NULL)", "INSERT INTO lines VALUES (1, 'a', 1)")
    async with shop.write() as work:
        for number in range(5):
            work.publish(Sold(sku="a", number=number))
    await do(shop, "DELETE FROM freestone_outbox WHERE sequence > 3")
    await ends.move()
    assert [row[0] for row in await ask(shop, "SELECT sku FROM seen")] == ["see: a"]
    await do(shop, "INSERT INTO lines VALUES (1, 'b', 1)", "INSERT INTO baskets (owner) VALUES ('bob')")
    assert [row[0] for row in await ask(shop, "SELECT sku FROM seen ORDER BY number")] == ["see: a", "see: b"]
    async with shop.write() as work:
        work.publish(Sold(sku="a", number=9))
    assert [row[0] for row in await ask(shop, "SELECT sequence FROM freestone_outbox ORDER BY 1")] == [1, 2, 3, 6]
    with pytest.raises(IntegrityError):
        await do(shop, "INSERT INTO lines VALUES (77, 'c', 1)")
    with pytest.raises(IntegrityError):
        await do(shop, "UPDATE baskets SET owner = 'ann'")
    await do(shop, "DELETE FROM baskets WHERE number = 1")
    assert await ask(shop, "SELECT * FROM lines") == []


async def test_what_is_derived_is_made_anew(shop: ModuleDatabase, ends: Ends) -> None:
    """On each engine in its own tables, for what was copied and for what was changed meanwhile."""
    await do(shop, "INSERT INTO baskets VALUES (1, 'ann', NULL), (2, 'bob', NULL), (3, 'cem', NULL)")
    await do(shop, "INSERT INTO lines VALUES (1, 'a', 1), (1, 'b', 1), (2, 'c', 1), (3, 'd', 1)")

    async def change(step: str) -> None:
        if step == "caught up":
            await do(shop, "DELETE FROM lines WHERE basket = 2", "UPDATE lines SET basket = 2 WHERE sku = 'b'")

    await ends.move(step=change)
    if ends.target.address.startswith("sqlite:"):
        found = await ask(shop, "SELECT rowid, sku FROM words ORDER BY rowid")
        assert found == [(1, "a"), (2, "b"), (3, "d")]
        assert await ask(shop, "SELECT rowid FROM words WHERE words MATCH 'b'") == [(2,)]
    else:
        assert await ask(shop, "SELECT number, lines FROM counted ORDER BY 1") == [(1, 1), (2, 1), (3, 1)]


async def test_there_and_back_and_there_again(shop: ModuleDatabase, ends: Ends) -> None:
    """The old copy is made anew each time, and who opens the first place is led to where the data is."""
    await do(shop, "INSERT INTO baskets (owner) VALUES ('ann')")
    for back in (False, True, False):
        await do(shop, "INSERT INTO baskets (owner) VALUES (NULL)")
        await ends.move(back=back)
        now, before = (ends.source, ends.target) if back else (ends.target, ends.source)
        await ask(shop, "SELECT 1")
        assert shop.place.key == now.key
        assert (copy_at(now).state, copy_at(before).state) == ("serving", "moved")  # type: ignore[union-attr]
    other = await ModuleDatabase.open(ends.source, migrations=MIGRATIONS)
    assert len(await ask(other, "SELECT * FROM baskets")) == 4
    await other.close()


async def test_a_rehearsal_changes_nothing(shop: ModuleDatabase, ends: Ends) -> None:
    await do(shop, "INSERT INTO baskets VALUES (1, 'ann', NULL)")
    report = await ends.mover().move(rehearse=True)
    assert report.fences == 1
    assert report.fenced > 0
    assert copy_at(ends.source) == SERVING
    await do(shop, "INSERT INTO baskets VALUES (2, 'bob', NULL)")
    assert shop.place.key == ends.source.key
    await ends.move()
    assert len(await ask(shop, "SELECT * FROM baskets")) == 2


async def test_ends_that_are_away_for_a_moment_are_waited_for(
    shop: ModuleDatabase, ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever begins a transaction there begins it anew."""
    read, begun = copies.read, []

    async def falter(session: AsyncSession, *, lock: bool = False) -> Standing:
        if session not in begun:
            begun.append(session)
            await session.execute(text("SELECT 1"))
            raise Unavailable(operation="the database", reason="it is away")
        return await read(session, lock=lock)

    await do(shop, "INSERT INTO baskets VALUES (1, 'ann', NULL)")
    monkeypatch.setattr(copies, "read", falter)
    await ends.move()
    await complete(ends.target)
    monkeypatch.undo()
    assert len(begun) > 4
    assert await ask(shop, "SELECT owner FROM baskets") == [("ann",)]


async def _as_it_was(ends: Ends, tables: tuple[str, ...]) -> dict[str, list[tuple[Any, ...]]]:
    """Return what the old copy holds, which is kept as it was at the switch."""
    site = await Site.open(ends.source)
    try:
        async with AsyncSession(site.engines.reading) as session:
            found = {}
            for table in tables:
                rows = await session.execute(text(f"SELECT * FROM {table}"))
                found[table] = sorted((tuple(row) for row in rows), key=repr)
            return found
    finally:
        await site.close()
