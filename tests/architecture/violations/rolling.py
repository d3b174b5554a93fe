"""Revisions that a host of the last release could not live with, while it still runs."""

from __future__ import annotations

from tests.architecture.violations import Violation

_MODULE = "modules/planted_rolling"
_HEAD = "import sqlalchemy as sa\nfrom alembic import op\n"
_BASE = {
    f"{_MODULE}/__init__.py": "",
    f"{_MODULE}/migrations/__init__.py": 'released = "0002"\n',
    f"{_MODULE}/migrations/0001_songs.py": f"""\
{_HEAD}
revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "songs",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("text", sa.String(80)),
        sa.Column("state", sa.String, nullable=False, server_default="new"),
        sa.Column("shelf", sa.String),
        sa.Column("mood", sa.String),
        sa.UniqueConstraint("text", name="once"),
    )
    op.create_index("ux_songs", "songs", ["id", "state"], unique=True)
    op.create_table("scores", sa.Column("id", sa.String))
""",
    f"{_MODULE}/migrations/0002_announced.py": f"""\
{_HEAD}
revision = "0002"
down_revision = "0001"
oldest = "0001"
leaving = ("songs.shelf", "songs.mood")


def upgrade() -> None:
    pass
""",
    f"{_MODULE}/store/__init__.py": "",
    f"{_MODULE}/store/tables.py": """\
from sqlalchemy import Column, MetaData, String, Table, table

scores = table("scores")
songs = Table(
    "songs",
    MetaData(),
    Column("id", String, primary_key=True),
    Column("text", String),
    Column("state", String),
    Column("mood", String),
)
""",
}
"""A module whose last release ended at 0002; its store still uses one of the columns that are leaving."""

_LINE = 11


def _step(number: int, body: str, says: str, *, oldest: str = "0002", line: int = _LINE, more: str = "") -> Violation:
    """Plant a revision that was not released, of which one line is at fault."""
    file = f"{_MODULE}/migrations/{number:04}_planted.py"
    source = f"""\
{_HEAD}
revision = "{number:04}"
down_revision = "{number - 1:04}"
oldest = "{oldest}"
{more}


def upgrade() -> None:
    {body}
"""
    return Violation("expand-contract", {file: source}, f"{file}:{line}", says)


_BODIES = (
    ('op.alter_column("songs", "state", new_column_name="stage")', "renames songs.state to stage"),
    ('op.add_column("songs", sa.Column("at", sa.Integer, nullable=False))', "every row of a host that still runs"),
    ('op.alter_column("songs", "text", nullable=False)', "makes songs.text NOT NULL"),
    ('op.alter_column("songs", "text", type_=sa.String(10))', "narrows songs.text from String(80) to String(10)"),
    ('op.alter_column("songs", "text", type_=sa.Integer)', "changes the type of songs.text to Integer"),
    ('op.create_unique_constraint("uq", "songs", ["text"])', "makes songs.text unique"),
    ('op.create_check_constraint("long", "songs", "length(text) > 9")', "puts constraint long on songs"),
    ('op.create_foreign_key("fk", "songs", "scores", ["text"], ["id"])', "puts a foreign key on songs.text"),
    ('op.create_primary_key("pk", "scores", ["id"])', "puts constraint pk on scores"),
    ('op.drop_constraint("once", "songs")', "drops constraint songs.once"),
    ('op.drop_index("ux_songs")', "drops unique index songs.ux_songs"),
    ('op.execute("UPDATE songs SET text = lower(text)")', "rewrites rows of songs.text"),
    ('op.execute("LOCK TABLE songs")', "says “lock table songs …” in raw SQL, so that nobody can see here"),
    ('op.drop_column("songs", "text")', "drops songs.text, which a host that still runs revision 0002 reads"),
    ('op.rename_table("scores", "sheets"); op.rename_table("sheets", "scores")', "renames scores to sheets"),
)

VIOLATIONS = (
    Violation("expand-contract", _BASE, f"{_MODULE}/store/tables.py:4", "uses songs.mood, which is leaving"),
    _step(3, 'op.drop_column("songs", "shelf")', "names no older code as oldest", oldest="0003", line=6),
    _step(4, "pass", "no code before revision 0003 can live with", oldest="0003", line=6),
    _step(5, "pass", "announces something of songs.nme", line=7, more='leaving = ("songs.nme",)'),
    *(_step(number, body, says) for number, (body, says) in enumerate(_BODIES, 6)),
)
