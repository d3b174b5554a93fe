"""A process that is killed leaves an intact database with everything that it had committed."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from app.data.migrations import prepare
from app.data.sqlite_place import SqliteFile
from app.failpoints import VARIABLE, Order

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


@pytest.mark.parametrize(("point", "is_there"), [("commit.shop.before", False), ("commit.shop.after", True)])
def test_killed_at_a_commit_it_lasts_if_it_was_done_and_not_otherwise(
    tmp_path: Path, point: str, is_there: bool
) -> None:
    (tmp_path / "armed").mkdir()
    order = Order(point, hit=11)  # the first makes the table
    (tmp_path / "armed" / "order").write_bytes(msgspec.json.encode(order))
    arm = f"failpoints.arm({{{VARIABLE!r}: {str(tmp_path)!r}}}, production=False)"
    program = WRITER.replace("\nasyncio.run", f"\nfrom app.failpoints import failpoints\n{arm}\nasyncio.run")
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    assert done.stdout.split()[-1] == "9"
    with closing(sqlite3.connect(tmp_path / "shop.sqlite")) as connection:
        assert {value for (value,) in connection.execute("SELECT value FROM counter")} == {9 + is_there}
