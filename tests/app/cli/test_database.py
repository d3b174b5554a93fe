"""`freestone database`: roles and schemas are made, shown and handed out; what is wrong is said in one sentence."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from tests.app.cli.commands import freestone
from tests.databases import POSTGRES, Places, Server, on_postgresql

COMMON = "postgresql://shop:secret@127.0.0.1:1/store"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FREESTONE_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)


def test_without_a_server_in_the_settings_there_is_nothing_to_prepare() -> None:
    done = freestone("database", "prepare", "--admin", COMMON)
    assert (done.code, done.err) == (
        2,
        "The settings name no PostgreSQL server; do that with FREESTONE_DATABASE_URL.\n",
    )


def test_a_module_s_own_address_is_told_and_no_other_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    assert freestone("database", "url", "catalog").err.startswith("The data of module catalog is in a file: ")
    monkeypatch.setenv("FREESTONE_DATABASE_URL", COMMON)
    done = freestone("database", "url", "catalog")
    assert (done.code, done.out.startswith("postgresql://shop_catalog:")) == (0, True)
    assert ":secret@" not in done.out
    assert "did you mean catalog?" in freestone("database", "url", "catalogue").err


def test_a_list_shows_where_each_module_s_data_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FREESTONE_DATABASE_URL", COMMON)
    monkeypatch.setenv("FREESTONE_DATABASE_MODULES", '{cart = "sqlite"}')
    rows = {line.split()[0]: line for line in freestone("database", "list").out.splitlines() if line.strip()}
    assert "cart.sqlite" in rows["cart"]
    assert "not made yet" in rows["cart"]
    assert "shop_orders" in rows["orders"]
    assert "secret" not in "".join(rows.values())


def test_a_server_that_refuses_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FREESTONE_DATABASE_URL", COMMON)
    monkeypatch.setenv("FREESTONE_ADMIN_URL", "postgresql://postgres@127.0.0.1:1/store")
    done = freestone("database", "prepare")
    assert done.code == 2
    assert done.err.startswith("The roles and schemas cannot be made: connection failed")
    assert done.err.count("\n") == 1


@on_postgresql
def test_what_is_prepared_is_there_for_every_module(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(POSTGRES, "cli")
    try:
        monkeypatch.setenv("FREESTONE_DATABASE_URL", server.url)
        monkeypatch.setenv("FREESTONE_ADMIN_URL", POSTGRES)
        done = freestone("database", "prepare")
        made = [line.removeprefix("Made ").removesuffix(".") for line in done.out.splitlines()]
        roles = [each.removeprefix("role ") for each in made if each.startswith("role ")]
        server.adopt(roles)
        assert (done.code, len(made)) == (0, 2 * len(roles))
        assert {role.rpartition("_")[2] for role in roles} >= {"catalog", "orders", "payments", "inventory", "cart"}
        assert freestone("database", "prepare").out == "Everything was there already.\n"
        with psycopg.connect(freestone("database", "url", "catalog").out.strip()) as connection:
            assert connection.execute("SELECT current_user").fetchone() == (f"{server.prefix}_catalog",)
    finally:
        server.close()
