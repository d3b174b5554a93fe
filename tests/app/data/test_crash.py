"""A process that is killed leaves an intact database with everything that it had committed."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

from app.data.migrations import prepare
from app.data.sqlite_place import SqliteFile

WRITER = """
import asyncio, sys
from pathlib import Path
from sqlalchemy import text
from app.data.database import ModuleDatabase
from app.data.sqlite_place import SqliteFile

async def main():
    database = await ModuleDatabase.open(SqliteFile("shop", Path(sys.argv[1])), migrations=None)
    async with database.write() as work:
        await work.session.execute(text("CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER)"))
        await work.session.execute(text("INSERT INTO counter VALUES ('a', 0), ('b', 0)"))
    number = 0
    while True:
        number += 1
        async with database.write() as work:
            for name in "ab":
                await work.session.execute(
                    text("UPDATE counter SET value = :v WHERE name = :n"), dict(v=number, n=name)
                )
        print(number, flush=True)

asyncio.run(main())
"""

MIGRATION = """
import os, signal
from alembic import op
revision = "0001"
down_revision = None
def upgrade():
    op.execute("CREATE TABLE t (x)")
    if os.path.exists(r"{flag}"):
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_killed_while_it_writes(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(25):
            committed = int(process.stdout.readline())
        process.kill()
        committed = max([committed, *map(int, process.stdout.read().split())])
    with sqlite3.connect(tmp_path / "shop.sqlite") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        a, b = (each for (each,) in connection.execute("SELECT value FROM counter"))
    connection.close()
    assert a == b
    assert a - committed in (0, 1)


def test_killed_in_its_first_migration_it_can_be_opened_again(tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    flag.touch()
    (tmp_path / "0001_first.py").write_text(MIGRATION.format(flag=flag))
    file = tmp_path / "shop.sqlite"
    program = (
        "import sys; from pathlib import Path; from app.data.migrations import prepare; "
        "from app.data.sqlite_place import SqliteFile; folder = Path(sys.argv[1]); "
        "prepare(SqliteFile('shop', folder), folder)"
    )
    assert subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False).returncode == -9
    flag.unlink()
    prepare(SqliteFile("shop", tmp_path), tmp_path)
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 't'").fetchone() == (1,)
    connection.close()
