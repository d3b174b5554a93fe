"""`freestone data`: moved, rehearsed, backed up and restored, by people who read what it says."""

from __future__ import annotations

import asyncio
import re
import shutil
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from app.cli import data as command
from app.data.addresses import own_address
from app.data.database import ModuleDatabase
from app.data.place import Place
from app.data.places import copy_at, follow
from app.data.sqlite_place import SqliteFile
from app.launch import DataFolder
from tests.app.cli.commands import Done, freestone
from tests.databases import Places

MODULES = Path(__file__).parents[3] / "modules"


def data(*arguments: str) -> Done:
    return freestone("data", *arguments)


async def _fill(place: Place) -> None:
    database = await ModuleDatabase.open(place, migrations=MODULES / place.module / "migrations")
    if place.module == "cart":
        async with database.write() as work:
            await work.session.execute(text("INSERT INTO carts (account_id, touched) VALUES ('ann', 1), ('bob', 2)"))
    await database.close()


async def _carts(place: Place) -> int:
    database = await ModuleDatabase.open(place, migrations=MODULES / "cart" / "migrations")
    async with database.read() as session:
        count = (await session.execute(text("SELECT count(*) FROM carts"))).scalar_one()
    await database.close()
    return int(count)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of a store with two carts."""
    data_folder = tmp_path / "data"
    data_folder.mkdir()
    monkeypatch.setenv("FREESTONE_DATA", str(data_folder))
    monkeypatch.chdir(tmp_path)
    asyncio.run(_fill(SqliteFile("cart", data_folder)))
    return data_folder


def test_a_move_to_another_folder_and_the_old_copy(folder: Path, tmp_path: Path) -> None:
    """What it says is what was done; after that the data is where it was moved to."""
    other = tmp_path / "other"
    other.mkdir()
    done = data("move", "cart", "--to", f"sqlite:{other}")
    assert done.code == 0
    said = re.sub(r" +[0-9.]+ s$", " … s", done.out, flags=re.MULTILINE).splitlines()
    assert said == [
        f"cart: {folder}/cart.sqlite → {other}/cart.sqlite",
        "  writes wait …",
        "  copied    2 rows of 9 tables … s",
        "  compared  2 rows, one by one, and 0 changes … s",
        "  fenced    for the last 0 changes: writes waited … s",
        "  whole     2 rows in the end … s",
        "The data of module cart has moved.",
        f"Kept, read-only: {folder}/cart.sqlite; remove it with --drop-source.",
        f'Hosts find it by themselves. Let [database] modules name it too: cart = "sqlite:{other}"',
    ]
    here = SqliteFile("cart", folder)
    assert follow(here).name == f"{other}/cart.sqlite"
    assert data("move", "cart", "--to", f"sqlite:{other}").out.startswith("The data of module cart is in")
    assert data("move", "cart", "--drop-source").out.startswith(f"Removed {folder}/cart.sqlite.\n")
    assert set(here.stored() or ()) == {"copy"}
    assert data("move", "cart", "--drop-source").out.startswith("There is no old copy.\n")
    assert asyncio.run(_carts(here)) == 2


def test_a_move_to_a_server_and_back(folder: Path, places: Places) -> None:
    """The address is the one that the settings have: each module's role is made of it."""
    url = Places("postgresql", folder).prepared("cart")
    done = data("move", "cart", "--to", url)
    assert (done.code, "The data of module cart has moved." in done.out) == (0, True)
    assert "cart = what freestone database url cart prints" in done.out
    place = follow(SqliteFile("cart", folder))
    assert freestone("database", "url", "cart").out == f"{place.address}\n"
    assert "secret" not in done.out
    assert asyncio.run(_carts(place)) == 2
    back = data("move", "cart", "--to", "sqlite", "--drop-source")
    assert f"{folder}/cart.sqlite holds an old copy, which is made anew." in back.out
    assert f"Removed {place.name}." in back.out
    assert asyncio.run(_carts(SqliteFile("cart", folder))) == 2


@pytest.mark.parametrize("variable", ["FREESTONE_TO_URL", "FREESTONE_DATABASE_URL"])
def test_a_server_can_be_named_without_its_password_among_the_arguments(
    folder: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """For this command alone; or as the settings have it, where they keep the module in a file."""
    url = Places("postgresql", folder).prepared("cart")
    monkeypatch.setenv("FREESTONE_DATABASE_MODULES", '{cart = "sqlite"}')
    monkeypatch.setenv(variable, url)
    done = data("move", "cart", "--to", "postgresql")
    assert (done.code, "The data of module cart has moved." in done.out) == (0, True), done.err
    assert "secret" not in done.out
    place = follow(SqliteFile("cart", folder))
    assert place.address == own_address("cart", url)
    assert asyncio.run(_carts(place)) == 2


def test_a_server_that_nothing_names_or_no_address_is_told_of(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = data("move", "cart", "--to", "postgresql")
    assert (done.code, "user:password@host:5432/database, into FREESTONE_TO_URL." in done.err) == (2, True)
    monkeypatch.setenv("FREESTONE_TO_URL", "postgresql://secret")
    done = data("move", "cart", "--to", "postgresql")
    assert (done.code, "FREESTONE_TO_URL is no address such as" in done.err, "secret" in done.err) == (2, True, False)


def test_a_rehearsal_says_what_a_move_would_take(folder: Path, tmp_path: Path) -> None:
    done = data("move", "cart", "--rehearse", "--to", f"sqlite:{tmp_path}")
    assert re.search(r"fenced    for the last 0 changes: writes waited +[0-9.]+ s", done.out)
    assert done.out.endswith("Rehearsed: the data stays where it is.\n")
    assert copy_at(SqliteFile("cart", folder)) is not None
    assert follow(SqliteFile("cart", folder)).name == f"{folder}/cart.sqlite"


def test_a_backup_and_what_comes_back_from_it(folder: Path, tmp_path: Path) -> None:
    """All modules, or one; over data only when that is said, and never below a running store."""
    for module in ("accounts", "catalog", "inventory", "orders", "payments"):
        asyncio.run(_fill(SqliteFile(module, folder)))
    backup = tmp_path / "backup"
    done = data("backup", "--to", str(backup))
    assert re.fullmatch(
        r"( +\w+\n){6}Backed up 6 modules, 2 rows, as of [-0-9: ]+ UTC, in \S+\.\nWrites waited \d\.\d\d s\.\n",
        done.out,
    )
    assert (
        data("backup", "--to", str(backup)).err == f"The folder {backup} is not empty; name another for this backup.\n"
    )
    refused = data("restore", "cart", "--from", str(backup))
    assert "cart.sqlite, holds data; have it replaced with --replace." in refused.err
    with DataFolder.prepare(folder):
        assert "is in use by" in data("restore", "--from", str(backup), "--replace").err
    (folder / "cart.sqlite").unlink()
    restored = data("restore", "cart", "--from", str(backup))
    assert restored.out.startswith("  cart: 2 rows\nRestored 1 module, as of ")
    assert asyncio.run(_carts(SqliteFile("cart", folder))) == 2
    assert data("restore", "--from", str(backup), "--replace").code == 0
    one = data("backup", "cart", "--to", str(tmp_path / "one"))
    assert "Backed up 1 module, 2 rows" in one.out


def test_a_damaged_file_is_found_before_anything_is_written_over(folder: Path, tmp_path: Path) -> None:
    """That of the last module, whatever comes before it."""
    asyncio.run(_fill(SqliteFile("orders", folder)))
    backup = tmp_path / "backup"
    assert data("backup", "cart", "orders", "--to", str(backup)).code == 0
    (folder / "cart.sqlite").unlink()
    asyncio.run(_fill(SqliteFile("cart", folder)))
    before = (folder / "cart.sqlite").read_bytes()
    (backup / "orders.sqlite").write_bytes(b"damaged")
    for modules in ([], ["cart", "orders"]):
        done = data("restore", *modules, "--from", str(backup), "--replace")
        assert (done.code, done.out, "orders.sqlite is damaged" in done.err) == (2, "", True), done.err
    assert (folder / "cart.sqlite").read_bytes() == before


def test_data_that_moved_to_a_place_that_is_lost_comes_back(folder: Path, tmp_path: Path) -> None:
    """To that place, where it is made again; or to where it was before, where that is said."""
    backup, other = tmp_path / "backup", tmp_path / "other"
    other.mkdir()
    assert data("backup", "cart", "--to", str(backup)).code == 0
    assert data("move", "cart", "--to", f"sqlite:{other}").code == 0
    shutil.rmtree(other)
    lost = data("restore", "--from", str(backup))
    assert (lost.code, f"there is no folder {other}; make it." in lost.err) == (2, True), lost.err
    other.mkdir()
    assert data("restore", "--from", str(backup)).code == 0
    assert follow(SqliteFile("cart", folder)).name == f"{other}/cart.sqlite"
    (other / "cart.sqlite").write_bytes(b"damaged" * 1000)
    lost = data("restore", "--from", str(backup), "--replace")
    assert (lost.code, "is lost, --forget-moves brings the backup to" in lost.err) == (2, True), lost.err
    lost = data("restore", "--from", str(backup), "--forget-moves")
    assert (lost.code, "cart.sqlite, holds data; have it replaced with --replace." in lost.err) == (2, True), lost.err
    assert data("restore", "--from", str(backup), "--forget-moves", "--replace").code == 0
    assert follow(SqliteFile("cart", folder)).name == f"{folder}/cart.sqlite"
    assert asyncio.run(_carts(SqliteFile("cart", folder))) == 2


@pytest.mark.parametrize(
    ("step", "told", "moved"),
    [
        ("fenced", "The move was broken off.", False),
        ("switched", "The data has moved, but its new place was not told so; move it again, which does that.", True),
    ],
)
def test_who_ends_a_move_is_told_where_the_data_is(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, told: str, moved: bool
) -> None:
    async def interrupt(done: str) -> None:
        if done == step:
            signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(1)

    monkeypatch.setattr(command, "_tell", interrupt)
    done = data("move", "cart", "--to", f"sqlite:{tmp_path}")
    assert (done.code, done.err) == (130, f"{told}\n")
    assert follow(SqliteFile("cart", folder)).name == str((tmp_path if moved else folder) / "cart.sqlite")
    assert asyncio.run(_carts(SqliteFile("cart", folder))) == 2


def test_what_freestone_did_not_make_is_not_restored_over(folder: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    assert data("backup", "cart", "--to", str(backup)).code == 0
    (folder / "cart.sqlite").unlink()
    with closing(sqlite3.connect(folder / "cart.sqlite")) as theirs:
        theirs.execute("CREATE TABLE takings (amount INTEGER)")
    for replace in ([], ["--replace"]):
        done = data("restore", "--from", str(backup), *replace)
        assert (done.code, "was not made by Freestone, and is left as it is" in done.err) == (2, True), done.err
    with closing(sqlite3.connect(folder / "cart.sqlite")) as theirs:
        assert theirs.execute("SELECT name FROM sqlite_schema").fetchall() == [("takings",)]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("move", "crat", "--to", "sqlite"), "There is no module crat; did you mean cart?"),
        (("move", "storefront", "--to", "sqlite"), "Module storefront keeps no data."),
        (("move", "orders", "--to", "sqlite:/tmp"), "is not there yet: there is no data of it."),
        (("move", "orders", "--to", "sqlite"), "is not there yet: there is no data of it."),
        (("move", "orders", "--drop-source"), "is not there yet: there is no data of it."),
        (("move", "cart"), "Say where the data is to be with --to, or have old copies removed with --drop-source."),
        (("move", "cart", "--rehearse"), "What is rehearsed is a move: name its target with --to"),
        (("move", "cart", "--to", "mysql://a@b/c"), "--to is sqlite, sqlite:/folder, postgresql, or text such"),
        (("move", "cart", "--to", "sqlite:/no/such/folder"), "There is no folder /no/such/folder; make it first"),
        (("backup", "--to", "backup"), "is not there yet: there is no data of it."),
        (("restore", "--from", "none"), "There is no finished backup in none: it has no backup.json."),
    ],
)
def test_what_cannot_be_meant_is_refused(folder: Path, arguments: tuple[str, ...], sentence: str) -> None:
    done = data(*arguments)
    assert (done.code, sentence in done.err) == (2, True), done.err


def test_a_server_without_the_role_is_told_of(folder: Path, places: Places) -> None:
    """The sentence names the command that makes it."""
    url = Places("postgresql", folder).url.replace("freestone_test_", "freestone_nobody_")
    done = data("move", "cart", "--to", url)
    assert (done.code, "freestone database prepare makes roles and schemas" in done.err) == (2, True)
    assert "secret" not in done.err
