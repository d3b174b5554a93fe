"""The tables that raw SQL names, in the ways in which SQLite and PostgreSQL let them be named."""

from __future__ import annotations

from typing import Any

import pytest

from app.lint.tables.sql import read_sql

USED = {
    "SELECT a, b FROM t p, u AS v JOIN (SELECT x FROM w) f ON f.x IN (1, 2), z WHERE p.x ORDER BY 1, no": "t u w z",
    "SELECT * FROM a LEFT JOIN b ON a.x = b.x AND a.y = (SELECT max(z) FROM c) WHERE EXISTS (TABLE d)": "a b c d",
    "SELECT 'FROM no' FROM (a JOIN b USING (c)) -- FROM no\n/* FROM no */": "a b",
    'SELECT * FROM "T" , `u`, [v w]': "t u v w",
    "SELECT a::int FROM t WHERE t MATCH :q AND x = :from FOR UPDATE OF no SKIP LOCKED": "t",
    "SELECT trim(both FROM no), extract(year FROM no), position(x IN no) FROM t": "t",
    "SELECT x IS DISTINCT FROM no FROM ONLY t, LATERAL (SELECT 1) s": "t",
    "INSERT INTO t (a) SELECT b FROM u ON CONFLICT (a) DO UPDATE SET a = excluded.a RETURNING a": "t u",
    "INSERT OR REPLACE INTO t VALUES (1)": "t",
    "REPLACE INTO t SELECT 1": "t",
    "UPDATE OR IGNORE t SET a = 1 FROM u WHERE a": "t u",
    "DELETE FROM a USING b, c WHERE a.x = b.x": "a b c",
    "MERGE INTO a USING b ON a.x = b.x WHEN MATCHED THEN UPDATE SET y = 1": "a b",
    "WITH RECURSIVE no(x) AS (SELECT 1 UNION ALL SELECT x FROM no), m AS MATERIALIZED (SELECT * FROM t) TABLE m": "t",
    "CREATE UNIQUE INDEX IF NOT EXISTS i ON t (a, b) WHERE c": "t",
    "CREATE TRIGGER r AFTER UPDATE OF a ON t BEGIN INSERT INTO u VALUES (new.a); DELETE FROM w; END": "t u w",
    "CREATE VIEW v AS SELECT * FROM t": "t",
    "ALTER TABLE t ADD COLUMN a INT REFERENCES u (b) ON DELETE CASCADE ON UPDATE CASCADE": "t u",
    "TRUNCATE t": "t",
    "CREATE VIRTUAL TABLE v USING fts5(a, content = 't')": "t",
    "CREATE VIRTUAL TABLE v USING fts5vocab('t', 'row')": "t",
    "name, count(*)": "",
    "no": "",
    "CREATE TEMP TABLE mine AS SELECT * FROM t; SELECT * FROM mine": "t",
}


@pytest.mark.parametrize(("sql", "used"), USED.items())
def test_tables_are_told_from_everything_else(sql: str, used: str) -> None:
    assert " ".join(read_sql(sql).used) == used


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("CREATE TABLE IF NOT EXISTS t (a CHECK (a IN (1, 2)))", {"made": ("t",)}),
        ("CREATE VIRTUAL TABLE t USING fts5(a)", {"made": ("t",), "virtual": ("t",)}),
        ("CREATE TEMPORARY TABLE t (a)", {"temporary": ("t",)}),
        ("DROP TABLE IF EXISTS t, u", {"dropped": ("t", "u")}),
        ("ALTER TABLE t RENAME TO u", {"used": ("t",), "renamed": (("t", "u"),)}),
        (
            "SELECT * FROM main.t, x.y.u",
            {"used": ("t", "u"), "refused": ("names the schema main", "names the schema y")},
        ),
        ("SELECT * FROM f('x') WHERE a IN t AND a IN (1)", {"perhaps": ("f", "t")}),
        ("attach 'x' as y", {"refused": ("says ATTACH",)}),
        ("VACUUM main INTO 'x'", {"refused": ("says VACUUM INTO",)}),
        ("SET LOCAL search_path = x", {"refused": ("changes whose tables are seen",)}),
        ("", {}),
        ("SELECT 'unclosed FROM (((", {}),
    ],
)
def test_what_else_a_statement_does(sql: str, found: dict[str, Any]) -> None:
    assert {key: value for key, value in read_sql(sql)._asdict().items() if value} == found
