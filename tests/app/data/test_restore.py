"""All modules come back or none does; what is damaged, in use, or somebody else's is left alone."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.data import copies, emptying
from app.data import restore as restoring
from app.data.backup import Keeping, back_up, read_manifest
from app.data.copies import SERVING, Copy
from app.data.database import ModuleDatabase, arrive
from app.data.moving.ends import complete
from app.data.place import Place
from app.data.places import copy_at, follow
from app.data.restore import restore
from app.data.sqlite_place import SqliteFile
from app.errors import LaunchRefused
from app.events.outbox import StoredOutbox
from contracts.kit import Derived
from tests.app.data.moving.conftest import DERIVED, MIGRATIONS, Ends, ask, do, killed_at
from tests.app.data.moving.conftest import any_way as any_way
from tests.app.data.moving.conftest import ends as ends
from tests.app.data.moving.conftest import shop as shop
from tests.app.events.conftest import Picky, Sold, parked, publish, running, sent, subscribe, until
from tests.app.events.conftest import mail as mail
from tests.databases import Places, both_engines, on_postgresql

MODULES = ("first", "second")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restoring, "PATIENCE", 0.3)


def opened(place: Place) -> Any:
    return ModuleDatabase.open(place, migrations=MIGRATIONS)


def keeping(*places: Place, derived: Derived = DERIVED) -> list[Keeping]:
    return [Keeping(place, MIGRATIONS, derived) for place in places]


async def again(
    kept: list[Keeping], folder: Path, *, replace: bool = False, progress: Any = lambda module: None
) -> None:
    await restore(kept, folder, read_manifest(folder), progress, replace=replace)


async def owned(places: list[Place], owner: str) -> None:
    """Have each of these places hold one more basket, of this owner."""
    for place in places:
        database = await opened(place)
        await do(database, "INSERT INTO baskets (owner) VALUES (:owner)", owner=owner)
        await database.close()


async def owners(place: Place) -> list[str]:
    database = await opened(place)
    found = [owner for (owner,) in await ask(database, "SELECT owner FROM baskets ORDER BY number")]
    await database.close()
    return found


@pytest.fixture
async def pair(places: Places) -> list[Place]:
    """Two modules' places, each with a basket of ann's, of which there is a `backup`, and then one of bob's."""
    both = [places.of(module) for module in MODULES]
    await owned(both, "ann")
    await back_up(keeping(*both), places.folder / "backup", lambda module: None)
    await owned(both, "bob")
    return both


@pytest.fixture
def backup(places: Places) -> Path:
    return places.folder / "backup"


def damaged(file: Path, how: str) -> str:
    """Damage one file; return what is to be said of it."""
    if how == "missing":
        file.unlink()
        return "second.sqlite is missing"
    if how == "cut off":
        file.write_bytes(file.read_bytes()[:5000])
        return "second.sqlite is damaged: it cannot be read"
    shutil.copyfile(file.with_name("other.sqlite"), file)
    return "second.sqlite is damaged: it is not what was written"


@both_engines
@pytest.mark.parametrize("how", ["missing", "cut off", "changed"])
async def test_one_damaged_file_leaves_every_module_as_it_was(pair: list[Place], backup: Path, how: str) -> None:
    other = SqliteFile("other", backup)
    await owned([other], "eve")
    sentence = damaged(backup / "second.sqlite", how)
    with pytest.raises(LaunchRefused, match=sentence):
        await again(keeping(*pair), backup, replace=True)
    for place in pair:
        assert copy_at(place) == SERVING
        assert await owners(place) == ["ann", "bob"]


async def test_nothing_is_made_where_a_file_is_damaged(pair: list[Place], backup: Path) -> None:
    (backup / "second.sqlite").unlink()
    folder = _made(backup / "data")
    with pytest.raises(LaunchRefused, match="is missing"):
        await again(keeping(*(SqliteFile(module, folder) for module in MODULES)), backup)
    assert list(folder.iterdir()) == []


@both_engines
async def test_no_module_serves_before_all_are_filled(pair: list[Place], backup: Path) -> None:
    """Killed on the way, or failing there, it leaves nothing that a host starts with; and it can be done again."""

    async def killed(*_: object) -> None:
        raise OSError("killed")

    done: list[str] = []
    broken = Derived(tables=DERIVED.tables, follows={"baskets": "number"}, derive=killed)
    kept = [*keeping(pair[0]), *keeping(pair[1], derived=broken)]
    with pytest.raises(OSError, match="killed"):
        await again(kept, backup, replace=True, progress=done.append)
    assert done == ["first"]
    for place in pair:
        with pytest.raises(LaunchRefused, match="is not complete; go on with freestone data restore"):
            await opened(place)
        assert follow(place, restoring=True).key == place.key
    await again(keeping(*pair), backup)
    assert [await owners(place) for place in pair] == [["ann"], ["ann"]]


@both_engines
async def test_one_module_that_cannot_be_filled_lets_none_serve(pair: list[Place], backup: Path) -> None:
    """It is said in a sentence which, and why."""

    async def fail(session: Any, *_: object) -> None:
        await session.execute(text("INSERT INTO nowhere VALUES (1)"))

    broken = Derived(tables=DERIVED.tables, follows={"baskets": "number"}, derive=fail)
    with pytest.raises(LaunchRefused, match=r"^Module second cannot be restored, and so none is: .*nowhere.*\.$"):
        await again([*keeping(pair[0]), *keeping(pair[1], derived=broken)], backup, replace=True)
    for place in pair:
        with pytest.raises(LaunchRefused, match="is not complete"):
            await opened(place)


@both_engines
async def test_of_two_restores_the_earlier_one_lets_nothing_serve(pair: list[Place], backup: Path) -> None:
    later = Copy("arriving", "another")

    def taken_over(module: str) -> None:
        if module == "second":
            with pair[0].upgrade() as connection:
                connection.execute(
                    text("UPDATE freestone_meta SET value = :value WHERE name = 'copy'"),
                    {"value": copies.encode(later)},
                )

    with pytest.raises(LaunchRefused, match="was taken over by another restore"):
        await again(keeping(*pair), backup, replace=True, progress=taken_over)
    assert copy_at(pair[0]) == later
    second = copy_at(pair[1])
    assert second is not None
    assert second.state == "arriving"


@both_engines
async def test_killed_while_they_are_set_to_serve_it_can_be_done_again(pair: list[Place], backup: Path) -> None:
    """Some then serve, and some do not: a host that runs one of these does not start."""
    await again(keeping(*pair), backup, replace=True)
    with pair[1].upgrade() as connection:
        connection.execute(text("""UPDATE freestone_meta SET value = '{"state":"arriving"}' WHERE name = 'copy'"""))
    with pytest.raises(LaunchRefused, match="is not complete"):
        await opened(pair[1])
    with pytest.raises(LaunchRefused, match="holds data; have it replaced with --replace"):
        await again(keeping(*pair), backup)
    await again(keeping(*pair), backup, replace=True)
    assert [await owners(place) for place in pair] == [["ann"], ["ann"]]


@both_engines
async def test_a_host_that_looked_before_the_restore_began_does_not_start_with_half(
    pair: list[Place], backup: Path
) -> None:
    """It found that the data is there, and comes when that is gone and the other not complete."""
    seen = []

    async def come(place: Place) -> None:
        with pytest.raises(LaunchRefused, match="is not complete; go on with freestone data restore"):
            await (await arrive(place)).close()
        seen.append(copy_at(place))

    class Derive:
        async def __call__(self, *_: object) -> None:
            await come(pair[0])

    derived = Derived(tables=DERIVED.tables, follows={"baskets": "number"}, derive=Derive())
    await again([*keeping(pair[0]), *keeping(pair[1], derived=derived)], backup, replace=True)
    assert [copy and copy.state for copy in seen] == ["arriving"]
    assert copy_at(pair[0]) == SERVING


@on_postgresql
async def test_a_host_that_starts_while_the_files_are_read_is_seen(
    pair: list[Place], backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a file the data folder's lock tells it."""
    hosts = []
    verify = restoring._verified

    async def meanwhile(kept: Keeping, *arguments: Any) -> SqliteFile:
        if kept.module == "second":
            hosts.append(await opened(pair[1]))
        return await verify(kept, *arguments)

    monkeypatch.setattr(restoring, "_verified", meanwhile)
    with pytest.raises(LaunchRefused, match=r"second, schema .* is in use by 2 connections; stop the store first"):
        await again(keeping(*pair), backup, replace=True)
    await hosts[0].close()
    assert [await owners(place) for place in pair] == [["ann", "bob"], ["ann", "bob"]]


async def test_data_that_comes_while_the_files_are_read_is_seen(
    pair: list[Place], backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _made(backup / "data")
    empty = [SqliteFile(module, folder) for module in MODULES]
    verify = restoring._verified

    async def meanwhile(kept: Keeping, *arguments: Any) -> SqliteFile:
        await owned([kept.place], "carl")
        return await verify(kept, *arguments)

    monkeypatch.setattr(restoring, "_verified", meanwhile)
    with pytest.raises(LaunchRefused, match="holds data; have it replaced with --replace"):
        await again(keeping(*empty), backup)
    assert [await owners(place) for place in empty] == [["carl"], ["carl"]]


@both_engines
async def test_data_that_is_there_or_in_use_is_not_written_over(
    pair: list[Place], backup: Path, places: Places
) -> None:
    with pytest.raises(LaunchRefused, match=r"first, .* holds data; have it replaced with --replace"):
        await again(keeping(*pair), backup)
    if places.engine == "postgresql":  # of a file the data folder's lock tells it
        host = await opened(pair[1])
        with pytest.raises(LaunchRefused, match="is in use by 2 connections; stop the store first"):
            await again(keeping(*pair), backup, replace=True)
        await host.close()
    assert [await owners(place) for place in pair] == [["ann", "bob"], ["ann", "bob"]]
    await again(keeping(*pair), backup, replace=True)
    assert [await owners(place) for place in pair] == [["ann"], ["ann"]]


@both_engines
async def test_what_freestone_did_not_make_is_never_written_over(pair: list[Place], backup: Path) -> None:
    """A schema that the settings name may be somebody else's."""
    for place in pair:
        with place.upgrade() as connection:
            emptying.empty(connection)
            connection.execute(text("CREATE TABLE takings (amount INTEGER)"))
    for replace in (False, True):
        with pytest.raises(LaunchRefused, match="was not made by Freestone, and is left as it is"):
            await again(keeping(*pair), backup, replace=replace)
    with pair[0].upgrade() as connection:
        assert connection.execute(text("SELECT count(*) FROM takings")).scalar_one() == 0


@on_postgresql
def test_a_schema_with_anything_in_it_is_not_empty(places: Places) -> None:
    """It need not be a table."""
    place = places.of("first")
    for made in ("VIEW v AS SELECT 1", "SEQUENCE s", "FUNCTION f() RETURNS int RETURN 1"):
        with place.upgrade() as connection:
            connection.execute(text(f"CREATE {made}"))
        assert place.stored() is None
        with place.upgrade() as connection:
            emptying.empty(connection)
        assert place.stored() == {}


@both_engines
async def test_data_from_before_copies_spoke_for_themselves_is_data(pair: list[Place], backup: Path) -> None:
    with pair[0].upgrade() as connection:
        connection.execute(text("DELETE FROM freestone_meta WHERE name = 'copy'"))
    with pytest.raises(LaunchRefused, match="holds data; have it replaced with --replace"):
        await again(keeping(pair[0]), backup)
    await again(keeping(pair[0]), backup, replace=True)
    assert await owners(pair[0]) == ["ann"]


@any_way
async def test_what_a_decided_move_has_brought_is_data(shop: ModuleDatabase, ends: Ends, tmp_path: Path) -> None:
    """It says that it arrives until somebody comes to it, and there is no other."""
    await do(shop, "INSERT INTO baskets (owner) VALUES ('ann')")
    await back_up(keeping(ends.source), tmp_path / "backup", lambda module: None)
    killed = await killed_at(ends, "switched")
    await killed.bury()
    there = follow(ends.source, restoring=True)
    assert there.key == ends.target.key
    with pytest.raises(LaunchRefused, match="holds data; have it replaced with --replace"):
        await again(keeping(there), tmp_path / "backup")
    await complete(there)
    assert await owners(there) == ["ann"]


@both_engines
async def test_subscribers_miss_no_event_of_a_publisher_that_was_restored_alone(
    places: Places, mail: ModuleDatabase, tmp_path: Path
) -> None:
    """Nor take one for an event that they know: its number was never given out, also in what was lost."""
    kept = [Keeping(places.of("shop"), None, None)]
    publisher = await ModuleDatabase.open(kept[0].place, migrations=None, events=(Sold,))
    picky = Picky(3)
    await publish(publisher, Sold(sku="a", number=1), Sold(sku="b", number=2))
    await back_up(kept, tmp_path / "backup", lambda module: None)
    await publish(publisher, Sold(sku="a", number=3), Sold(sku="b", number=4), Sold(sku="b", number=5))
    reading = subscribe(publisher, mail, picky, pause=3600.0)
    async with running(reading):
        await reading.reached(5)
    assert [row[:2] for row in await parked(mail)] == [(3, "a")]
    await publisher.close()
    await again(kept, tmp_path / "backup", replace=True)

    publisher = await ModuleDatabase.open(kept[0].place, migrations=None, events=(Sold,))
    # As many as were lost, and more: one for the number of the cursor, one for that of the event that waits.
    await publish(publisher, *(Sold(sku="a" if number == 6 else "b", number=number) for number in range(6, 11)))
    reading = subscribe(publisher, mail, picky, pause=3600.0)
    async with running(reading):
        await until(mail, lambda rows: len(rows) == 2)
        await reading.reached(await StoredOutbox(publisher).head())
    assert [number for _, number in await sent(mail)] == [1, 2, 4, 5, 7, 8, 9, 10]
    await publisher.close()


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
