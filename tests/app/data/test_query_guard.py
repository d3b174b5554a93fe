"""What a module touches is told, whichever way it is touched, and only where somebody listens."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.data import query_guard
from app.data.sqlite import connect

TOLD = [
    ("CREATE TABLE made (x)", "made"),
    (
        "CREATE VIRTUAL TABLE texts USING fts5(body)",
        "texts texts_config texts_content texts_data texts_docsize texts_idx",
    ),
    ("ALTER TABLE b ADD COLUMN z", "b"),
    ("DROP TABLE b", "b"),
    ("SELECT count(*) FROM a", "a"),
    ("WITH c AS (SELECT x FROM a) SELECT x FROM c AS d", "a"),
    ("SELECT x FROM seen", "a seen"),
    ("INSERT INTO b SELECT x FROM a", "a b"),
    ("UPDATE a SET x = 1", "a b"),  # by the trigger
    ("DELETE FROM b", "b"),
    ("CREATE TEMP TABLE passing (x)", ""),
    ("SELECT 1", ""),
]


@pytest.fixture
def told() -> Iterator[set[tuple[str, str]]]:
    found: set[tuple[str, str]] = set()
    before = query_guard.listen(lambda module, table: found.add((module, table)))
    yield found
    query_guard.listen(before)


@pytest.mark.parametrize(("sql", "tables"), TOLD)
def test_every_table_is_told(tmp_path: Path, told: set[tuple[str, str]], sql: str, tables: str) -> None:
    (tmp_path / "shop.sqlite").touch()
    with closing(connect(tmp_path / "shop.sqlite")) as connection:
        for each in ("TABLE a (x)", "TABLE b (x)", "VIEW seen AS SELECT x FROM a"):
            connection.execute(f"CREATE {each}")
        connection.execute("CREATE TRIGGER t AFTER UPDATE ON a BEGIN DELETE FROM b; END")
        told.clear()
        connection.execute(sql).fetchall()
    assert {table for _, table in told if not table.startswith("sqlite_")} == set(tables.split())
    assert {module for module, _ in told} <= {"shop"}


def test_what_is_refused_is_refused_while_somebody_listens(tmp_path: Path, told: set[tuple[str, str]]) -> None:
    (tmp_path / "shop.sqlite").touch()
    with closing(connect(tmp_path / "shop.sqlite")) as connection, pytest.raises(sqlite3.DatabaseError):
        connection.execute("PRAGMA writable_schema = ON")


def test_nobody_is_asked_where_nobody_listens() -> None:
    before = query_guard.listen(None)
    try:
        assert query_guard.watching("shop", print) is print  # type: ignore[arg-type, comparison-overlap]
    finally:
        query_guard.listen(before)
