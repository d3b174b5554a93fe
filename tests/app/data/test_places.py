"""A module's data is found where it has moved to; where it is not found, nothing is made in its stead."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from app.data.database import ModuleDatabase
from app.data.places import copy_at, follow
from app.data.sqlite_place import SqliteFile
from app.errors import LaunchRefused
from contracts.kit import Unavailable
from tests.app.data.moving.conftest import MIGRATIONS, Ends, do
from tests.databases import Places, both_engines

ONE = "INSERT INTO baskets (owner) VALUES (NULL)"


@both_engines
async def test_a_place_with_nothing_there_is_not_where_the_data_is(places: Places, tmp_path: Path) -> None:
    """On another machine the file that a pointer names is missing: who runs there, or starts there, makes none."""
    far = tmp_path / "far"
    far.mkdir()
    ends = Ends(places.of("shop"), SqliteFile("shop", far))
    running = await ModuleDatabase.open(ends.source, migrations=MIGRATIONS)
    await do(running, ONE)
    await ends.move()
    far.rename(tmp_path / "unmounted")
    far.mkdir()
    sentence = r"far/shop\.sqlite, holds nothing, though .* says that the data is there: it may be on another machine"
    with pytest.raises(LaunchRefused, match=sentence):
        await ModuleDatabase.open(ends.source, migrations=MIGRATIONS)
    with pytest.raises(Unavailable, match=sentence):
        await do(running, ONE)
    with pytest.raises(Unavailable, match=sentence):
        async with running.read() as session:
            await session.execute(text("SELECT 1"))
    assert list(far.iterdir()) == []
    assert follow(ends.source, restoring=True).key == ends.target.key
    far.rmdir()
    (tmp_path / "unmounted").rename(far)
    await do(running, ONE)
    assert running.place.key == ends.target.key
    await running.close()


@both_engines
async def test_a_half_copy_does_not_lead_to_a_place_with_nothing_there(places: Places, tmp_path: Path) -> None:
    """A move was killed on its way here, and where the data is cannot be seen from here."""
    far = SqliteFile("shop", tmp_path / "far")
    far.file.parent.mkdir()
    shop = await ModuleDatabase.open(far, migrations=MIGRATIONS)
    here = places.of("shop")
    broken = Ends(far, here)

    async def fail(step: str) -> None:
        if step == "prepared":
            raise OSError(step)

    with pytest.raises(OSError, match="prepared"):
        await broken.move(step=fail)
    await shop.close()
    assert copy_at(here).state == "arriving"  # type: ignore[union-attr]
    far.file.unlink()
    with pytest.raises(LaunchRefused, match="holds nothing, though"):
        await ModuleDatabase.open(here, migrations=MIGRATIONS)
    assert not far.file.exists()
