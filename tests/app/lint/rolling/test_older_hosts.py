"""What is said of a migration is what happens to an older host: its statements go on working, or they do not."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from textwrap import dedent, indent

import pytest

from app.data.migrations import prepare
from app.data.sqlite import connect
from app.data.sqlite_place import SqliteFile
from app.lint.rings import rolling
from tests.app.lint.small import judged

FIRST = """
op.create_table(
    "orders",
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("email", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("note", sa.String(20)),
    sa.Column("total", sa.Integer, nullable=False, server_default="0"),
    sa.UniqueConstraint("email", name="uq_email"),
    sa.CheckConstraint("length(state) > 0", name="has_state"),
)
op.create_index("ix_state", "orders", ["state"])
op.create_table(
    "lines",
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("order_id", sa.String, sa.ForeignKey("orders.id"), nullable=False, index=True),
    sa.Column("sku", sa.String, nullable=False),
)
op.create_index("ux_lines", "lines", ["order_id", "sku"], unique=True)
"""

BEFORE = """
INSERT INTO orders VALUES ('a', 'a@shop', 'open', NULL, 1), ('b', 'b@shop', 'paid', 'gift', 2);
INSERT INTO lines VALUES (1, 'a', 'cup'), (2, 'b', 'cup');
"""

OLD_HOST = (
    "INSERT INTO orders (id, email, state, note, total) VALUES ('c', 'c@shop', 'open', NULL, -1)",
    "INSERT INTO orders (id, email, state, note, total) VALUES ('d', 'd@shop', 'open', 'gift', -1)",
    "INSERT INTO orders (id, email, state) VALUES ('e', 'e@shop', 'open')",
    "INSERT INTO orders (id, email, state) VALUES ('f', 'e@shop', 'x') ON CONFLICT (email) DO UPDATE SET total = 3",
    "INSERT INTO lines (order_id, sku) VALUES ('c', 'cup'), ('c', 'pot')",
    "INSERT INTO lines (order_id, sku) VALUES ('c', 'pot') ON CONFLICT (order_id, sku) DO NOTHING",
    "UPDATE orders SET note = 'gift', total = 7 WHERE state = 'paid'",
    "DELETE FROM lines WHERE order_id = 'b'",
    "DELETE FROM orders WHERE id = 'b'",
)
READS = (
    "SELECT id, email, state, note, total FROM orders ORDER BY id",
    "SELECT order_id, sku FROM lines ORDER BY 1, 2",
)

BEARABLE = {
    "nothing": "pass",
    "a new table": 'op.create_table("marks", sa.Column("id", sa.String, nullable=False), sa.UniqueConstraint("id"))',
    "a new table that points": 'op.create_table("marks", sa.Column("of", sa.String, sa.ForeignKey("orders.id")))',
    "a nullable column": 'op.add_column("orders", sa.Column("gift", sa.Boolean))',
    "a column by default": 'op.add_column("orders", sa.Column("c", sa.Integer, nullable=False, server_default="0"))',
    "a nullable unique column": """
        with op.batch_alter_table("orders") as batch:
            batch.add_column(sa.Column("code", sa.String))
            batch.create_unique_constraint("uq_code", ["code"])
        """,
    "a column that is filled": """
        op.add_column("orders", sa.Column("cents", sa.Integer))
        op.execute("UPDATE orders SET cents = total * 100 WHERE cents IS NULL")
        """,
    "a check of a new column": """
        with op.batch_alter_table("orders") as batch:
            batch.add_column(sa.Column("cents", sa.Integer))
            batch.create_check_constraint("not_negative", "cents >= 0 AND cents < 100")
        """,
    "a new column that is unique with an old one": """
        op.add_column("orders", sa.Column("shop", sa.String))
        op.create_index("ux_shop", "orders", ["shop", "state"], unique=True)
        """,
    "a new column that must be, with a default": """
        op.add_column("orders", sa.Column("cents", sa.Integer, server_default="0"))
        with op.batch_alter_table("orders") as batch:
            batch.alter_column("cents", nullable=False)
        """,
    "a wider type": 'with op.batch_alter_table("orders") as b:\n    b.alter_column("total", type_=sa.BigInteger)',
    "a wider text": 'with op.batch_alter_table("orders") as b:\n    b.alter_column("note", type_=sa.String(50))',
    "nullable": 'with op.batch_alter_table("orders") as batch:\n    batch.alter_column("state", nullable=True)',
    "a check dropped": """
        with op.batch_alter_table("orders") as batch:
            batch.drop_constraint("has_state", type_="check")
        """,
    "an index": 'op.create_index("ix_total", "orders", ["total"])',
    "an index dropped": 'op.drop_index("ix_state")',
    "an index dropped that a column brought": 'op.drop_index("ix_lines_order_id")',
    "rows added": "op.execute(\"INSERT INTO orders (id, email, state) VALUES ('z', 'z@shop', 'open')\")",
    "a table for the time of the upgrade": 'op.create_table("t", sa.Column("id", sa.String))\nop.drop_table("t")',
}

UNBEARABLE = {
    "a table dropped": 'op.drop_table("lines")',
    "a table renamed": 'op.rename_table("lines", "items")',
    "a table rebuilt with less": """
        op.execute("CREATE TABLE new (id TEXT PRIMARY KEY, email TEXT, state TEXT, total INTEGER)")
        op.execute("INSERT INTO new SELECT id, email, state, total FROM orders")
        op.drop_table("orders")
        op.rename_table("new", "orders")
        """,
    "a column dropped": 'op.drop_column("orders", "note")',
    "a column dropped in a batch": 'with op.batch_alter_table("orders") as batch:\n    batch.drop_column("note")',
    "a column renamed": 'op.alter_column("orders", "note", new_column_name="remark")',
    "a column that must be": """
        with op.batch_alter_table("orders") as batch:
            batch.add_column(sa.Column("cents", sa.Integer))
        op.execute("UPDATE orders SET cents = 0")
        with op.batch_alter_table("orders") as batch:
            batch.alter_column("cents", nullable=False)
        """,
    "a column that loses its default": """
        op.add_column("orders", sa.Column("c", sa.Integer, nullable=False, server_default="0"))
        with op.batch_alter_table("orders") as batch:
            batch.alter_column("c", server_default=None)
        """,
    "NOT NULL": """
        op.execute("UPDATE orders SET note = '' WHERE note IS NULL")
        with op.batch_alter_table("orders") as batch:
            batch.alter_column("note", nullable=False)
        """,
    "no default": 'with op.batch_alter_table("orders") as b:\n    b.alter_column("total", server_default=None)',
    "unique": 'with op.batch_alter_table("orders") as b:\n    b.create_unique_constraint("uq_note", ["note"])',
    "a unique index": 'op.create_index("ux_note", "orders", ["note"], unique=True)',
    "a unique column with a default": """
        with op.batch_alter_table("orders") as batch:
            batch.add_column(sa.Column("code", sa.String, server_default="x"))
        op.execute("UPDATE orders SET code = id")
        op.create_index("ux_code", "orders", ["code"], unique=True)
        """,
    "a check": """
        with op.batch_alter_table("orders") as batch:
            batch.create_check_constraint("not_negative", "total >= 0")
        """,
    "a check that a new column is there": """
        op.add_column("orders", sa.Column("cents", sa.Integer))
        op.execute("UPDATE orders SET cents = 0")
        with op.batch_alter_table("orders") as batch:
            batch.create_check_constraint("there", "cents IS NOT NULL")
        """,
    "a foreign key": """
        op.create_table("stock", sa.Column("sku", sa.String, primary_key=True))
        op.execute("INSERT INTO stock VALUES ('cup')")
        with op.batch_alter_table("lines") as batch:
            batch.create_foreign_key("fk_stock", "stock", ["sku"], ["sku"])
        """,
    "a unique constraint dropped": """
        with op.batch_alter_table("orders") as batch:
            batch.drop_constraint("uq_email", type_="unique")
        """,
    "a unique index dropped": 'op.drop_index("ux_lines")',
    "rows rewritten": "op.execute(\"UPDATE orders SET state = 'PAID' WHERE state = 'paid'\")",
    "rows deleted": "op.execute(\"DELETE FROM lines WHERE sku = 'cup'\")",
    "a trigger": """
        op.execute(
            "CREATE TRIGGER no BEFORE INSERT ON lines BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
        """,
}


def revision(number: int, body: str) -> str:
    before = '"0001"\noldest = "0001"' if number > 1 else "None"
    head = f'revision = "{number:04}"\ndown_revision = {before}\nimport sqlalchemy as sa\nfrom alembic import op\n'
    return f"{head}def upgrade():\n{indent(dedent(body), '    ')}\n"


def said_of(body: str) -> list[str]:
    """Return what is said of a second revision."""
    files = {
        f"modules.shop.migrations.{number:04}_step": revision(number, text) for number, text in ((1, FIRST), (2, body))
    }
    return judged([rolling], files)


class Shop:
    """A database as the first revision leaves it, with some rows, of which every test takes a copy."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "shop.sqlite"
        self._history = folder / "history"
        self._history.mkdir()
        self._upgrade(self._file, 1, FIRST)
        with closing(connect(self._file)) as connection:
            connection.executescript(BEFORE)
        self.read = use(self._copy())
        assert self.read is not None

    def lives_on(self, body: str) -> bool:
        """Say whether a host of the first revision goes on after a second one, and reads what it would have read."""
        file = self._copy()
        self._upgrade(file, 2, body)
        return use(file) == self.read

    def _copy(self) -> Path:
        return Path(shutil.copy(self._file, self._file.with_name("copy.sqlite")))

    def _upgrade(self, file: Path, number: int, body: str) -> None:
        (self._history / f"{number:04}_step.py").write_text(revision(number, body))
        prepare(SqliteFile(file.stem, file.parent), self._history)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return Shop(tmp_path_factory.mktemp("shop"))


def use(file: Path) -> list[object] | None:
    """Do what a host of the first revision does; return all that it read, None where it was refused."""
    with closing(connect(file)) as connection:
        try:
            read: list[object] = [connection.execute(each).fetchall() for each in READS]
            for each in OLD_HOST:
                connection.execute(each)
            rows = connection.execute("SELECT id, state, total FROM orders WHERE id IN ('c', 'd', 'e') ORDER BY id")
            return [*read, rows.fetchall()]
        except sqlite3.Error:
            return None


@pytest.mark.parametrize("body", BEARABLE.values(), ids=BEARABLE)
def test_what_an_older_host_lives_with_is_lawful(shop: Shop, body: str) -> None:
    assert said_of(body) == []
    if "INSERT INTO orders" not in body:  # new rows are seen, as those of a newer host are
        assert shop.lives_on(body)


@pytest.mark.parametrize("body", UNBEARABLE.values(), ids=UNBEARABLE)
def test_what_an_older_host_cannot_live_with_is_found(shop: Shop, body: str) -> None:
    found = said_of(body)
    assert found
    assert all(": expand-contract: shop " in each and "a host that still runs revision 0001" in each for each in found)
    assert not shop.lives_on(body)
