"""What cannot be moved, or not there, is said in a sentence; source and target stay as they are."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from app.data.copies import SERVING
from app.data.database import ModuleDatabase
from app.data.moving.copier import Copier
from app.data.moving.ends import check_source, check_target, drop_sources, old_copies
from app.data.moving.failures import MoveFailed
from app.data.moving.mover import Mover
from app.data.places import copy_at, follow
from app.data.sqlite_place import SqliteFile
from app.errors import LaunchRefused
from tests.app.data.moving.conftest import DERIVED, MIGRATIONS, Ends, ask, do, killed_at, place
from tests.databases import Places, both_engines


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        (
            "CREATE TABLE stray (id INTEGER PRIMARY KEY)",
            "Table stray is in the source and not in the target: a migration",
        ),
        ("CREATE TABLE keyless (id INTEGER)", "Table keyless has no primary key"),
        ("ALTER TABLE baskets ADD COLUMN more INTEGER", "Table baskets is not the same in the source"),
    ],
)
async def test_tables_that_the_target_cannot_have(
    shop: ModuleDatabase, ends: Ends, statement: str, sentence: str
) -> None:
    await do(shop, statement)
    with pytest.raises(MoveFailed, match=sentence):
        await ends.move()
    await do(shop, "INSERT INTO baskets (owner) VALUES ('ann')")
    assert copy_at(ends.source) == SERVING


async def test_a_virtual_table_that_nobody_has_declared(places: Places) -> None:
    here, there = place(places, "sqlite", "here"), place(places, "sqlite", "there")
    shop = await ModuleDatabase.open(here, migrations=MIGRATIONS)
    with pytest.raises(MoveFailed, match="Table words cannot be copied; name it in derived= of the module's manifest"):
        await Mover(here, there, MIGRATIONS, None).move()
    await shop.close()


async def test_values_that_the_other_engine_cannot_hold(places: Places) -> None:
    """SQLite takes a text with a zero in it and any number in an INTEGER column; PostgreSQL does not."""
    ends = Ends(place(places, "sqlite", "here"), place(places, "postgresql", "there"))
    shop = await ModuleDatabase.open(ends.source, migrations=MIGRATIONS)
    for broken in ("INSERT INTO lines VALUES (1, 'a', 3000000000)", "INSERT INTO lines VALUES (1, char(65, 0, 66), 1)"):
        await do(shop, "INSERT INTO baskets (number) VALUES (1)", broken, "DELETE FROM seen")
        with pytest.raises(MoveFailed, match=r"ow .* table lines (does not fit|is not the same)"):
            await ends.move()
        await do(shop, "DELETE FROM baskets")
    await ends.move()
    await shop.close()


async def test_a_row_that_did_not_arrive_as_it_was(
    shop: ModuleDatabase, ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What changes at the target behind the mover's back is found: another value, a row too few, a row too many."""
    await do(shop, "INSERT INTO baskets (owner) VALUES ('ann'), ('bob')")
    compare = Copier.compare
    for damage, sentence in (
        ("UPDATE baskets SET owner = 'eve' WHERE number = 2", r"The row \(2,\) of table baskets is not the same"),
        ("DELETE FROM baskets WHERE number = 2", r"The row \(2,\) of table baskets is not the same"),
        ("INSERT INTO baskets VALUES (3, 'eve', NULL)", "Table baskets has 2 rows in the source and 3 in the target"),
    ):

        async def damaged(self: Copier, source: object, damage: str = damage) -> int:
            async with self.work() as session:
                await session.execute(text(damage))
            return await compare(self, source)  # type: ignore[arg-type]

        monkeypatch.setattr(Copier, "compare", damaged)
        with pytest.raises(MoveFailed, match=sentence):
            await ends.move()
    assert copy_at(ends.source) == SERVING


async def test_targets_that_are_not_written_over(shop: ModuleDatabase, ends: Ends, places: Places) -> None:
    """One in use, one of another move, and one that Freestone did not make."""
    used = await ModuleDatabase.open(ends.target, migrations=MIGRATIONS)
    with pytest.raises(LaunchRefused, match="holds data that is in use"):
        check_target(ends.source, ends.target)
    await do(used, "DROP TABLE freestone_meta")
    await used.close()
    with pytest.raises(LaunchRefused, match="was not made by Freestone"):
        check_target(ends.source, ends.target)
    other = SqliteFile("shop", _made(places.folder / "other"))
    begun = await killed_at(Ends(ends.source, other), "prepared")
    await begun.bury()
    assert check_target(ends.source, other)
    third = SqliteFile("shop", _made(places.folder / "third"))
    await (await ModuleDatabase.open(third, migrations=MIGRATIONS)).close()
    with pytest.raises(LaunchRefused, match="holds a copy, arriving, that does not come from"):
        check_target(third, other)


async def test_sources_that_are_not_moved(places: Places) -> None:
    here = SqliteFile("shop", places.folder)
    with pytest.raises(LaunchRefused, match="is not there yet: there is no data of it"):
        check_source(here, MIGRATIONS)
    shop = await ModuleDatabase.open(here, migrations=None)
    with pytest.raises(LaunchRefused, match="is from before this release; start the store"):
        check_source(here, MIGRATIONS)
    await shop.close()


@both_engines
async def test_data_of_a_newer_release_is_not_moved_by_older_code(places: Places, tmp_path: Path) -> None:
    """The older code may use it, but would leave behind what it does not know, such as an index."""
    newer = tmp_path / "newer"
    shutil.copytree(MIGRATIONS, newer)
    (newer / "0002_index.py").write_text(
        '"""An index."""\nfrom alembic import op\nrevision = "0002"\ndown_revision = "0001"\noldest = "0001"\n'
        "def upgrade():\n    op.create_index('baskets_above', 'baskets', ['above'], unique=True)\n"
    )
    ends = Ends(place(places, places.engine, "here"), place(places, "sqlite", "there"))
    shop = await ModuleDatabase.open(ends.source, migrations=newer)
    with pytest.raises(LaunchRefused, match="is from a release after this one; do this with that one's freestone"):
        check_source(ends.source, MIGRATIONS)
    with pytest.raises(MoveFailed, match="is not of this release; do this with the freestone of its release"):
        await ends.move()
    assert copy_at(ends.source) == SERVING
    check_source(ends.source, newer)
    await Mover(ends.source, ends.target, newer, DERIVED).move()
    await shop.close()


async def test_the_old_copy_is_kept_until_it_is_dropped(shop: ModuleDatabase, ends: Ends, places: Places) -> None:
    """Then only the pointer is left of it, which leads on who still looks there; and so for a whole chain of them."""
    await do(shop, "INSERT INTO baskets (owner) VALUES ('ann')")
    third = SqliteFile("shop", _made(places.folder / "third"))
    await ends.move()
    await Ends(ends.target, third).move()
    assert [each.key for each in old_copies(third)] == [ends.target.key, ends.source.key]
    assert [each.key for each in drop_sources(third)] == [ends.target.key, ends.source.key]
    assert drop_sources(third) == []
    for old in ends:
        assert set(old.stored() or ()) == {"copy"}
        assert follow(old).key == third.key
        check_target(third, old)
    await Ends(third, ends.source).move()
    assert await ask(shop, "SELECT owner FROM baskets") == [("ann",)]
    assert shop.place.key == ends.source.key


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
