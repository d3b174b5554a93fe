"""The order of texts is that of their bytes, on either engine, whatever a database on PostgreSQL would make of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from app.data.database import ModuleDatabase
from tests.databases import Places, both_engines

HISTORY = """
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.create_table("words", sa.Column("word", sa.String, primary_key=True), sa.Column("number", sa.Integer))
    op.add_column("words", sa.Column("note", sa.Text))
    words = sa.table("words", sa.column("word", sa.String), sa.column("note", sa.Text))
    op.execute(words.insert().values(word=sa.cast(7, sa.String), note="made by a cast"))
"""
WORDS = ("", "7", "B", "Z", "a", "a b", "a-b", "a_b", "ab", "b", "z", "\u00e4", "\u00df", "\u0101", "\U0001f642")


@pytest.fixture
async def database(places: Places, tmp_path: Path) -> ModuleDatabase:
    (tmp_path / "history").mkdir()
    (tmp_path / "history" / "0001_words.py").write_text(HISTORY)
    return await ModuleDatabase.open(places.of("shop"), migrations=tmp_path / "history")


@both_engines
async def test_texts_are_sorted_and_compared_by_their_bytes(database: ModuleDatabase, places: Places) -> None:
    async with database.write() as work:
        new = [{"word": word, "note": word} for word in WORDS if word != "7"]
        await work.session.execute(text("INSERT INTO words (word, note) VALUES (:word, :note)"), new)
    async with database.read() as session:
        for column in ("word", "note"):
            found = list(await session.scalars(text(f"SELECT word FROM words WHERE word <> '7' ORDER BY {column}")))
            assert found == sorted((word for word in WORDS if word != "7"), key=str.encode)
        after = list(await session.scalars(text("SELECT word FROM words WHERE word > 'a' ORDER BY word")))
        assert after == [word for word in sorted(WORDS, key=str.encode) if word.encode() > b"a"]
        if places.engine == "postgresql":  # whose database here may have no other order by itself
            columns = text(
                "SELECT table_name, column_name, collation_name FROM information_schema.columns"
                " WHERE table_schema = current_schema() AND data_type IN ('text', 'character varying')"
            )
            kept = (await session.execute(columns)).all()
            assert {("words", "word"), ("words", "note"), ("freestone_outbox", "key")} <= {each[:2] for each in kept}
            assert {each.collation_name for each in kept} == {"C"}
    await database.close()
