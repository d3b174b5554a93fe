"""A fence stands for a moment; one that nobody will take down keeps nobody from anything."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from app.data import copies
from app.data.copies import SERVING, Copy
from app.data.database import ModuleDatabase
from app.data.migrations import prepare
from app.data.moving.fence import Fence
from app.data.places import copy_at
from app.errors import LaunchRefused
from tests.app.data.moving.conftest import MIGRATIONS, do
from tests.databases import Places, both_engines

pytestmark = both_engines
HOUR = 3600 * 10**6
ONE = "INSERT INTO baskets (owner) VALUES (NULL)"


async def fenced(places: Places, until: int) -> ModuleDatabase:
    """Return a database behind a fence that ends so many microseconds from now, whose owner was killed."""
    shop = await ModuleDatabase.open(places.of("shop"), migrations=MIGRATIONS)
    async with shop.transaction() as work:
        await copies.write(work.session, Copy("fenced", "killed", until=time.time_ns() // 1000 + until))
    return shop


@pytest.mark.parametrize("until", [-HOUR, HOUR], ids=["over", "before the clock was set back"])
async def test_writers_go_on(places: Places, until: int) -> None:
    shop = await fenced(places, until)
    await do(shop, ONE)
    assert copy_at(shop.place) == Copy(move="killed")
    await shop.close()


@pytest.mark.parametrize("until", [-HOUR, HOUR], ids=["over", "before the clock was set back"])
async def test_the_next_fence_is_put_up(places: Places, until: int) -> None:
    shop = await fenced(places, until)
    fence = Fence(shop.site)
    await fence.up()
    assert await fence.down()
    await shop.close()


@pytest.mark.parametrize("until", [-HOUR, HOUR], ids=["over", "before the clock was set back"])
async def test_the_tables_are_brought_up_to_date(places: Places, tmp_path: Path, until: int) -> None:
    """And the fence is taken down: a mover that was stopped behind it, and goes on, may not switch any more."""
    shop = await fenced(places, until)
    await shop.close()
    prepare(shop.place, _newer(tmp_path))
    assert (shop.place.stored() or {})["revision"] == "0002"
    assert copy_at(shop.place) == Copy(move="killed")


async def test_behind_a_fence_that_stands_the_tables_are_left_alone(places: Places, tmp_path: Path) -> None:
    shop = await ModuleDatabase.open(places.of("shop"), migrations=MIGRATIONS)
    fence = Fence(shop.site)
    await fence.up()
    with pytest.raises(LaunchRefused, match="is being moved at this moment; start again"):
        prepare(shop.place, _newer(tmp_path))
    assert await fence.down()
    assert copy_at(shop.place) == SERVING
    await shop.close()


def _newer(tmp_path: Path) -> Path:
    """The history, and one more column."""
    folder = tmp_path / "newer"
    folder.mkdir()
    for file in MIGRATIONS.glob("[!_]*.py"):
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "0002_more.py").write_text(
        '"""A column."""\nimport sqlalchemy as sa\nfrom alembic import op\nrevision = "0002"\ndown_revision = "0001"\n'
        "def upgrade():\n    op.add_column('baskets', sa.Column('more', sa.String))\n"
    )
    return folder
