"""The releases of the guide are made: the check agrees with each, and its code lives with the tables of the next."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.lint.rings import migrations, rolling
from tests.app.lint.small import judged
from tests.architecture.planting import ROOT
from tests.docs.test_boundaries import BLOCK, Block, break_in, run, said, write_wishes

GUIDE = (ROOT / "docs/guides/migrations.md").read_text("utf-8")
RELEASES = ("Release 1: expand", "Release 2: fill and tighten", "Release 3: contract")

LIVE = """
import asyncio, importlib.util, pathlib, sys
from app.data.database import ModuleDatabase
from app.data.sqlite_place import SqliteFile
from contracts.values import ProductId
from contracts.wishes import Wish

async def use(folder, release, place):
    spec = importlib.util.spec_from_file_location(f"store_{release}", folder / f"release_{release}.py")
    store = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(store)
    file, migrations = SqliteFile("wishes", folder), folder / f"migrations_{release}"
    database = await ModuleDatabase.open(file, migrations=migrations, events=())
    async with database.write() as work:
        await store.add(work.session, "ada", Wish(product_id=ProductId(f"p{place}"), name="a pot"))
    async with database.read() as session:
        found = await store.find(session, "ada")
    print(release, len(found), {each.name for each in found})
    await database.close()

async def main():
    for place, release in enumerate(map(int, sys.argv[2:])):
        await use(pathlib.Path(sys.argv[1]), release, place)

asyncio.run(main())
"""


def blocks(title: str) -> list[Block]:
    """Return the blocks below a heading."""
    found = re.search(rf"^### {re.escape(title)}\n(.*?)(?=^##|\Z)", GUIDE, re.MULTILINE | re.DOTALL)
    assert found is not None, title
    return [Block(*each) for each in BLOCK.findall(found[1])]


def said_in(folder: Path) -> list[str]:
    """Return what is said of the migrations and the store as they are now."""
    files = {
        str(file.relative_to(folder).with_suffix("")).replace("/", ".").replace("__init__", ""): file.read_text("utf-8")
        for file in (*folder.glob("modules/wishes/migrations/*.py"), folder / "modules/wishes/store.py")
    }
    return judged([migrations, rolling], files)


@pytest.fixture
def wishes(tmp_path: Path) -> Path:
    write_wishes(tmp_path)
    return tmp_path


def test_the_one_step_is_refused_as_the_guide_prints(wishes: Path) -> None:
    below = blocks("In one step")
    break_in(wishes, below)
    found = [each for each in said_in(wishes) if ": expand-contract: " in each]
    assert found == sorted(said(below))


def test_every_release_is_lawful_and_only_after_the_one_before(wishes: Path) -> None:
    for title in RELEASES:
        below = blocks(title)
        early = [block for block in below if not block.file.endswith("__init__.py")]
        break_in(wishes, early)
        if len(early) < len(below):
            assert any("is shut out of its own database; bring out" in each for each in said_in(wishes))
        break_in(wishes, [block for block in below if block not in early])
        assert said_in(wishes) == []
    assert "released" in (wishes / "modules/wishes/migrations/__init__.py").read_text("utf-8")


def test_every_release_lives_with_the_tables_of_the_next(wishes: Path, tmp_path: Path) -> None:
    for number, title in enumerate((None, *RELEASES)):
        break_in(wishes, [] if title is None else blocks(title))
        (tmp_path / f"release_{number}.py").write_bytes((wishes / "modules/wishes/store.py").read_bytes())
        (tmp_path / f"migrations_{number}").mkdir()
        for file in (wishes / "modules/wishes/migrations").glob("0*.py"):
            (tmp_path / f"migrations_{number}" / file.name).write_bytes(file.read_bytes())
    order = (0, 1, 0, 1, 2, 1, 2, 3, 2, 3)  # each upgrades the tables, and the one before goes on, restarted too
    assert run(wishes, "-c", LIVE, str(tmp_path), *map(str, order)) == [
        f"{release} {found} {{'a pot'}}" for found, release in enumerate(order, 1)
    ]
