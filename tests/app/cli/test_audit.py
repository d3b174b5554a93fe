"""`freestone audit`: the books of a store that runs, or of one that does not; what it says, and how it ends."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import httpx2
import pytest

from app.cli import audit as command
from app.placement.runfolder import RunFolder
from app.placement.topology import MAIN
from app.runtime.part import Part
from app.store import Store, open_store
from contracts.kit import Module
from tests.app.cli.commands import Done, freestone
from tests.books import findings_by_command
from tests.serving import environment

FOUND = 'freestone_audit_findings{module="auditor",rule="stock-adds-up"} 1.0'


@pytest.fixture
def data(seeded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the demonstration data, to which commands go."""
    data = tmp_path / "data"
    shutil.copytree(seeded, data)
    monkeypatch.chdir(tmp_path)
    for name, value in environment(data).items():
        if name.startswith("FREESTONE_"):
            monkeypatch.setenv(name, value)
    return data


def lose_one(data: Path) -> str:
    """Take one of something from the shelf without a word; return what."""
    with closing(sqlite3.connect(data / "inventory.sqlite", timeout=20)) as connection, connection:
        (sku,) = connection.execute("SELECT sku FROM stock WHERE on_hand > 0 ORDER BY sku").fetchone()
        connection.execute("UPDATE stock SET on_hand = on_hand - 1 WHERE sku = ?", (sku,))
    return str(sku)


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


@asynccontextmanager
async def running(data: Path, **settings: str) -> AsyncIterator[Store]:
    """The store, running in this process."""
    async with open_store(environment(data, **settings)) as store:
        yield store


async def metrics(store: Store) -> list[str]:
    """Return what the store's metrics say of audits."""
    transport = httpx2.ASGITransport(app=store.gateway, client=("127.0.0.1", 1))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        text = (await client.get("/metrics")).text
    return [line for line in text.splitlines() if line.startswith("freestone_audit_findings{")]


def test_a_store_that_does_not_run_is_opened_for_it(data: Path) -> None:
    done = freestone("audit")
    assert (done.code, done.err) == (0, "")
    shown = lines(done.out)
    assert shown[0] == "The store, which does not run, opened alone:"
    assert shown[1] == "module rule checked found"
    assert shown[-1] == "The books are in order."
    sku = lose_one(data)
    done = freestone("audit")
    assert done.code == 1
    assert any(line.startswith(f"stock-adds-up {sku} ") and "cannot be on hand" in line for line in lines(done.out))
    assert "The books are in order." not in done.out


def test_a_store_that_was_killed_does_not_run(data: Path) -> None:
    run = RunFolder(data)
    run.path.mkdir(0o700)
    run.wire(MAIN, 1).touch()
    done = freestone("audit", "--json")
    assert (done.code, json.loads(done.out)["store"]) == (0, "opened alone")


async def test_a_store_that_runs_is_asked_and_its_metrics_tell(data: Path) -> None:
    async with running(data) as store:
        assert await metrics(store) == []
        clean = json.loads((await asyncio.to_thread(freestone, "audit", "--json")).out)
        assert clean["store"] == "running"
        assert {rule["found"] for rule in clean["audits"][0]["report"]["rules"]} == {0}
        sku = await asyncio.to_thread(lose_one, data)
        done = await asyncio.to_thread(freestone, "audit", "--json")
        assert done.code == 1
        (found,) = json.loads(done.out)["audits"][0]["report"]["findings"]
        assert (found["rule"], found["subject"]) == ("stock-adds-up", sku)
        assert FOUND in await metrics(store)


async def test_in_the_background_it_is_looked_at_every_so_often(data: Path) -> None:
    lose_one(data)
    async with running(data, AUDIT_SECONDS="0.05") as store:
        async with asyncio.timeout(60):
            while FOUND not in await metrics(store):  # noqa: ASYNC110  # it is told in metrics alone
                await asyncio.sleep(0.05)


def test_the_helper_of_other_tests_says_what_the_command_does(data: Path) -> None:
    sku = lose_one(data)
    assert [each.subject for each in findings_by_command(data)] == [sku]


def test_without_a_module_that_audits_it_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FREESTONE_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(command, "find_modules", lambda: [Part("mute", module=Module(name="mute", container=dict))])
    assert freestone("audit") == Done(2, "", "No module here can audit.\n")


def test_a_folder_without_data_is_no_store_in_order(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FREESTONE_DATA", str(tmp_path / "dta"))
    said = f"There is no store's data in {tmp_path / 'dta'}; name its folder with FREESTONE_DATA.\n"
    assert freestone("audit") == Done(2, "", said)
    assert not list(tmp_path.glob("**/*.sqlite"))


async def test_where_the_books_cannot_be_read_it_ends_so(data: Path) -> None:
    async with running(data) as store:
        store.host.bindings["payments.v1"].unbind("gone fishing")
        done = await asyncio.to_thread(freestone, "audit")
    assert done.code == 2
    assert "auditor could not audit: Unavailable" in done.err
    assert "gone fishing" in done.err
