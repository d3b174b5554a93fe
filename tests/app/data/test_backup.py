"""Backups are whole, of one moment, and come back on either engine."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from app.data.backup import Keeping, back_up, read_manifest
from app.data.copies import SERVING
from app.data.database import ModuleDatabase
from app.data.place import Place
from app.data.places import copy_at
from app.data.restore import restore
from app.data.sqlite_place import SqliteFile
from app.errors import LaunchRefused
from tests.app.data.moving.conftest import DERIVED, MIGRATIONS, Ends, Sold, ask, contents, do
from tests.app.data.moving.conftest import ends as ends
from tests.app.data.moving.conftest import shop as shop
from tests.databases import Places, both_engines

TABLES = ("kinds", "baskets", "lines", "seen", "freestone_outbox")


def keeping(place: Place, migrations: Path = MIGRATIONS) -> Keeping:
    return Keeping(place, migrations, DERIVED)


async def kept(place: Place, folder: Path) -> Path:
    """Have a backup of one module."""
    await back_up([keeping(place)], folder, lambda module: None)
    return folder


async def brought_back(place: Place, folder: Path, migrations: Path = MIGRATIONS) -> ModuleDatabase:
    """Restore a backup, and open what came of it."""
    await restore([keeping(place, migrations)], folder, read_manifest(folder), lambda module: None)
    return await ModuleDatabase.open(place, migrations=migrations, events=(Sold,))


async def test_everything_comes_back_on_either_engine(shop: ModuleDatabase, ends: Ends, tmp_path: Path) -> None:
    await do(shop, "INSERT INTO baskets (owner) VALUES ('ann')", "INSERT INTO lines VALUES (1, 'a', 1), (1, 'b', 1)")
    async with shop.write() as work:
        for number in range(3):
            work.publish(Sold(sku="a", number=number))
    await do(shop, "DELETE FROM freestone_outbox WHERE sequence = 3")
    before = await contents(shop, *TABLES)
    folder = await kept(ends.source, tmp_path / "backup")
    await do(shop, "DELETE FROM lines")
    restored = await brought_back(ends.target, folder)
    assert await contents(restored, *TABLES) == before
    async with restored.write() as work:
        work.publish(Sold(sku="a", number=4))
    assert (await ask(restored, "SELECT max(sequence) > 4 FROM freestone_outbox")) in ([(1,)], [(True,)])
    await do(restored, "INSERT INTO baskets (owner) VALUES ('bob')")
    derived = "SELECT sku FROM words" if ends.target.address.startswith("sqlite:") else "SELECT lines FROM counted"
    assert await ask(restored, derived) in ([("a b",)], [(2,)])
    await restored.close()


async def test_only_its_owner_reads_a_backup(shop: ModuleDatabase, tmp_path: Path) -> None:
    open_to_all = tmp_path / "backup"
    open_to_all.mkdir(0o755)
    files = list((await kept(shop.place, open_to_all)).iterdir())
    assert {each.name: each.stat().st_mode & 0o777 for each in files} == {"backup.json": 0o600, "shop.sqlite": 0o600}


@both_engines
async def test_modules_are_caught_at_one_moment(places: Places, tmp_path: Path) -> None:
    """Who writes to one and then to the other is never found to have written to the other alone."""
    history = _only_steps(tmp_path)
    pair = [await ModuleDatabase.open(places.of(name), migrations=history) for name in ("first", "second")]
    done = False

    async def walk() -> None:
        number = 0
        while not done:
            number += 1
            for database in pair:
                await do(database, "INSERT INTO steps VALUES (:number)", number=number)

    walking = asyncio.create_task(walk())
    made = [Keeping(database.place, history, None) for database in pair]
    for turn in range(4):
        await asyncio.sleep(0.05)
        folder = tmp_path / f"backup {turn}"
        manifest, waited = await back_up(made, folder, lambda module: None)
        first, second = (manifest.modules[name]["steps"].rows for name in ("first", "second"))
        assert 0 <= first - second <= 1
        assert waited > 0
    assert await ask(pair[0], "SELECT count(*) > 1 FROM steps") in ([(1,)], [(True,)])
    done = True
    await walking
    for database in pair:
        assert copy_at(database.place) == SERVING
        await database.close()


async def test_a_backup_of_an_older_release_is_brought_up_to_date(places: Places, tmp_path: Path) -> None:
    database = await ModuleDatabase.open(places.of("shop"), migrations=MIGRATIONS)
    await do(database, "INSERT INTO baskets (owner) VALUES ('ann')")
    folder = await kept(database.place, tmp_path / "backup")
    await database.close()
    newer = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, newer)
    (newer / "0002_more.py").write_text(
        '"""A column."""\nimport sqlalchemy as sa\nfrom alembic import op\nrevision = "0002"\ndown_revision = "0001"\n'
        "def upgrade():\n    op.add_column('baskets', sa.Column('more', sa.String, server_default='much'))\n"
    )
    restored = await brought_back(SqliteFile("shop", _made(tmp_path / "data")), folder, newer)
    assert await ask(restored, "SELECT owner, more FROM baskets") == [("ann", "much")]
    await restored.close()


async def test_a_backup_that_is_none_is_told_of(places: Places, tmp_path: Path) -> None:
    database = await ModuleDatabase.open(places.of("shop"), migrations=MIGRATIONS)
    folder = await kept(database.place, tmp_path / "backup")
    with pytest.raises(LaunchRefused, match="is not empty"):
        await kept(database.place, folder)
    await database.close()
    (folder / "backup.json").write_text("{}")
    with pytest.raises(LaunchRefused, match="cannot be read"):
        read_manifest(folder)
    (folder / "backup.json").unlink()
    with pytest.raises(LaunchRefused, match="There is no finished backup"):
        read_manifest(folder)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _only_steps(tmp_path: Path) -> Path:
    """A history that makes the table of these steps."""
    folder = _made(tmp_path / "steps")
    (folder / "0001_steps.py").write_text(
        '"""Steps."""\nfrom alembic import op\nrevision = "0001"\ndown_revision = None\n'
        "def upgrade():\n    op.execute('CREATE TABLE steps (number INTEGER PRIMARY KEY)')\n"
    )
    return folder
