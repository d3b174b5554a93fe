"""Raw SQL is read statement by statement, as SQLite and PostgreSQL write it."""

from __future__ import annotations

import pytest

from app.lint.rolling.statements import changes_in

READ = {
    "SELECT * FROM a; ; -- nothing": [],
    "WITH b AS (SELECT 1) SELECT * FROM b": [],
    "CREATE TABLE IF NOT EXISTS a (id TEXT, b TEXT); DROP TABLE a, b": ["makes a", "drops a", "drops b"],
    "create virtual table a using fts5(b)": ["makes a"],
    'CREATE TEMP TABLE "A b" AS SELECT 1': ["makes a b"],
    "CREATE VIEW v AS SELECT 1; DROP VIEW IF EXISTS v": ["makes v", "drops v"],
    "CREATE INDEX i ON a (b)": ["indexes a b i"],
    "CREATE UNIQUE INDEX IF NOT EXISTS i ON a (b, lower(c), d DESC) WHERE e > 0": ["unites a b lower d i"],
    "CREATE UNIQUE INDEX ON a USING btree (b)": ["unites a b"],
    "CREATE INDEX CONCURRENTLY i ON a (b)": [
        "unread builds an index concurrently, which no transaction can",
        "indexes a b i",
    ],
    "DROP INDEX IF EXISTS i, j": ["unindexes i", "unindexes j"],
    "ALTER TABLE ONLY a ADD COLUMN b INTEGER NOT NULL": ["adds a b required"],
    "ALTER TABLE a ADD b NUMERIC(10, 2) DEFAULT 0 NOT NULL, ADD COLUMN c TEXT": [
        "adds a b required default",
        "adds a c",
    ],
    "ALTER TABLE a ADD COLUMN b TEXT DEFAULT NULL UNIQUE": ["adds a b unique"],
    "ALTER TABLE a ADD COLUMN b INTEGER GENERATED ALWAYS AS (c) VIRTUAL": ["adds a b default"],
    "ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0)": ["constrains a c"],
    "ALTER TABLE a ADD UNIQUE (b)": ["constrains a"],
    "ALTER TABLE a DROP COLUMN IF EXISTS b CASCADE": ["loses a b"],
    "ALTER TABLE a DROP CONSTRAINT IF EXISTS c": ["unbinds a c"],
    "ALTER TABLE IF EXISTS a RENAME TO b": ["renames a b"],
    "ALTER TABLE a RENAME COLUMN b TO c": ["moves a b c"],
    "ALTER TABLE a RENAME b TO c": ["moves a b c"],
    "ALTER TABLE a RENAME CONSTRAINT b TO c": ["unbinds a b"],
    "ALTER TABLE a ALTER COLUMN b SET NOT NULL, ALTER c DROP NOT NULL": ["requires a b", "frees a c"],
    "ALTER TABLE a ALTER b SET DEFAULT 1, ALTER b DROP DEFAULT": ["defaults a b", "undefaults a b"],
    "ALTER TABLE a ALTER b TYPE text": ["unread says “ALTER TABLE a … alter b type text …” in raw SQL"],
    "ALTER TABLE a ENABLE ROW LEVEL SECURITY": ["unread says “ALTER TABLE a … enable row level security …” in raw SQL"],
    "INSERT INTO a (b) SELECT c FROM d": [],
    "INSERT OR IGNORE INTO a VALUES (1)": [],
    "INSERT INTO a VALUES (1) ON CONFLICT DO NOTHING": [],
    "INSERT INTO a VALUES (1) ON CONFLICT (b) DO UPDATE SET b = 2": ["rewrites a"],
    "INSERT OR REPLACE INTO a VALUES (1); REPLACE INTO a VALUES (1)": ["rewrites a", "rewrites a"],
    "UPDATE a SET b = (SELECT max(c) FROM d WHERE e = 1), f = 2 WHERE g = ';'": ["rewrites a b f"],
    "UPDATE OR IGNORE a SET (b, c) = (1, 2)": ["rewrites a"],
    "UPDATE ONLY a SET b = 1 FROM c": ["rewrites a b"],
    "WITH c AS (SELECT 1) UPDATE a SET b = 1": ["rewrites a b"],
    "WITH c AS (DELETE FROM a RETURNING *) SELECT * FROM c": ["unread says “with c as ( …” in raw SQL"],
    "DELETE FROM a WHERE b = 1; TRUNCATE TABLE a; TRUNCATE a": ["rewrites a", "rewrites a", "rewrites a"],
    "MERGE INTO a USING b ON true WHEN MATCHED THEN DELETE": ["rewrites a"],
    "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; END; DROP TABLE a": [
        "unread says “create trigger t after …” in raw SQL"
    ],
    "CREATE OR REPLACE VIEW v AS SELECT 1": ["unread says “create or replace view …” in raw SQL"],
    "CREATE EXTENSION pg_trgm": [],
    "GRANT SELECT ON a TO b": ["unread says “grant select on a …” in raw SQL"],
    "ALTER": ["unread says “alter …” in raw SQL"],
    "CREATE": ["unread says “create …” in raw SQL"],
    "DROP TABLE": [],
    "CREATE UNIQUE INDEX": ["unites"],
}


@pytest.mark.parametrize("sql", READ)
def test_what_raw_sql_changes(sql: str) -> None:
    found = []
    for each in changes_in(sql, 1):
        made = [
            f"{one.name}{' required' * one.required}{' default' * one.default}{' unique' * one.unique}"
            for one in each.made
        ]
        found.append(" ".join(part for part in (each.deed, each.table, *each.columns, each.name, *made) if part))
    assert found == READ[sql]
