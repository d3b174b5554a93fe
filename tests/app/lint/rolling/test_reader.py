"""Whatever way a migration takes to change a table, it is seen; what cannot be followed is said."""

from __future__ import annotations

import pytest

from app.lint.rings import migrations, rolling
from tests.app.lint.rings.test_rolling import FIRST, revision
from tests.app.lint.small import judged

TABLE = 'orders = sa.table("orders", sa.column("note"))\n'

SEEN = {
    "op by another name": ('o.drop_column("orders", "note")', "from alembic import op as o", "drops orders.note"),
    "op by its package": ('alembic.op.drop_column("orders", "note")', "import alembic.op", "drops orders.note"),
    "op given another name": ('o = op\no.drop_column("orders", "note")', "", "drops orders.note"),
    "getattr": ('getattr(op, "drop_column")("orders", "note")', "", "drops orders.note"),
    "keywords": ('op.drop_column(column_name="note", table_name="orders")', "", "drops orders.note"),
    "a constant": ('op.drop_column(NAME, "note")', 'from alembic import op\nNAME = "orders"', "drops orders.note"),
    "a loop": ('for each in ("id", "note"):\n    op.drop_column("orders", each)', "", "drops orders.note"),
    "a helper": (
        "tidy()",
        'from alembic import op\ndef tidy():\n    op.drop_column("orders", "note")',
        "drops orders.note",
    ),
    "a branch": ('if op.get_bind().dialect.name == "sqlite":\n    op.drop_table("orders")', "", "drops orders"),
    "capitals": ('op.drop_column("Orders", "NOTE")', "", "drops orders.note"),
    "a batch in a loop": (
        'for each in ("orders",):\n    with op.batch_alter_table(each) as b:\n        b.drop_column("note")',
        "",
        "drops orders.note",
    ),
    "a column by name": (
        'c = sa.Column("c", sa.Integer, nullable=False)\nop.add_column("orders", c)',
        "",
        "adds column orders.c",
    ),
    "columns in a loop": (
        'for n in ("a", "b"):\n    op.add_column("orders", sa.Column(n, sa.Integer, nullable=False))',
        "",
        "adds column orders.b",
    ),
    "a column's check": (
        'op.add_column("orders", sa.Column("c", sa.Integer, sa.CheckConstraint("total > c")))',
        "",
        "puts a constraint on orders",
    ),
    "raw SQL": ('op.execute("ALTER TABLE orders DROP COLUMN note")', "", "drops orders.note"),
    "raw SQL by a connection": ('op.get_bind().execute(sa.text("DROP TABLE orders"))', "", "drops orders"),
    "the driver's SQL": ('op.get_bind().exec_driver_sql("DROP TABLE orders")', "", "drops orders"),
    "raw SQL by name": ('sql = sa.text("DROP TABLE orders")\nop.execute(sql)', "", "drops orders"),
    "raw SQL in a loop": ('for each in ("DROP TABLE orders",):\n    op.execute(each)', "", "drops orders"),
    "an update": (TABLE + "op.execute(orders.update().values(note=1))", "", "rewrites rows of orders.note"),
    "an update of all": (TABLE + "op.execute(sa.update(orders))", "", "rewrites rows of orders,"),
    "a delete": ('op.execute(sa.delete(sa.table("orders")))', "", "rewrites rows of orders,"),
}

UNREAD = {
    "an operation handed on": ('list(map(op.drop_table, ["orders"]))', "hands op.drop_table on"),
    "an operation by another name": ('drop = op.drop_table\ndrop("orders")', "hands op.drop_table on"),
    "op in a dict": ('{"op": op}["op"].drop_table("orders")', "hands op on"),
    "op by keyword": ("dict(op=op)", "hands op on"),
    "a batch handed on": ('with op.batch_alter_table("orders") as b:\n    tidy(b)', "hands b on"),
    "a batch begun otherwise": ('b = op.batch_alter_table("orders").__enter__()', "begins a batch otherwise"),
    "a batch that copies": ('with op.batch_alter_table("orders", copy_from=t) as b:\n    pass', "rebuilds a table"),
    "a column of a helper": ('op.add_column("orders", money("total"))', "adds a column that is not written out"),
    "a column with unknown flags": (
        'op.add_column("orders", sa.Column("c", sa.Integer, nullable=free))',
        "adds a column that is not written out",
    ),
    "an unknown nullable": ('op.alter_column("orders", "note", nullable=free)', "says nullable= without a constant"),
    "unknown keywords": (
        'op.alter_column("orders", "note", **how)',
        "alters a column by what is not written out in the call",
    ),
    "an unknown unique": ('op.create_index("i", "orders", ["note"], unique=free)', "says unique= without a constant"),
    "an index built concurrently": (
        'op.create_index("i", "orders", ["note"], postgresql_concurrently=True)',
        "builds an index concurrently, which no transaction can",
    ),
    "a statement of a helper": ("op.execute(make())", "executes make()"),
    "a statement of a loop": ("for each in STEPS:\n    op.execute(each)", "executes each"),
    "a statement that is made": ("op.get_bind().execute(DropTable(orders))", "executes DropTable(orders)"),
    "a table that drops itself": (TABLE + "orders.drop(op.get_bind())", "says drop(), past op"),
    "a transaction of its own": ("with op.get_context().autocommit_block():\n    pass", "says autocommit_block()"),
    "an update of who knows what": (
        "op.execute(sa.update(table_of()))",
        "says update() of a table that cannot be seen",
    ),
    "an upsert": (
        TABLE + 'op.execute(sa.insert(orders).prefix_with("OR REPLACE").values(note=1))',
        "inserts over rows that are there",
    ),
    "SQL that is not known": ('op.execute("CLUSTER orders")', "says “cluster orders …” in raw SQL"),
}

LAWFUL = {
    "the way back": 'pass\ndef downgrade():\n    op.drop_table("orders")\n    op.execute(x)\ndef more():\n    pass',
    "a filled column": (
        'op.add_column("orders", sa.Column("c", sa.Integer))\n'
        't = sa.table("orders", sa.column("c"))\nop.execute(t.update().where(t.c.c == None).values(c=1))'
    ),
    "new rows": TABLE + "op.bulk_insert(orders, [])\nop.execute(sa.insert(orders).values(note=1))",
    "what is read": TABLE + "rows = op.get_bind().execute(sa.select(orders)).fetchall()",
    "what is no table": "found = {}\nfound.update(a=1)",
    "a comment": 'op.create_table_comment("orders", "what is ordered")',
    "a table of its own": (
        'op.create_table("t", sa.Column("id", sa.String), sa.Column("n", sa.String, index=True))\n'
        'op.execute("UPDATE t SET id = 1")\nop.drop_index("ix_t_n")\nop.alter_column("t", "id", type_=sa.Integer)\n'
        'op.rename_table("t", "u")\nop.drop_column("u", "id")\nop.drop_table("u")'
    ),
}


def found_in(body: str, head: str = "") -> list[str]:
    """Return what is said of a second revision that is lawful but for what it changes."""
    files = {
        "modules.orders.migrations.0001_step": revision(1, FIRST, oldest=0),
        "modules.orders.migrations.0002_step": revision(2, body, head=head),
    }
    return judged([rolling], files)


@pytest.mark.parametrize(("body", "head", "says"), SEEN.values(), ids=SEEN)
def test_a_change_is_seen(body: str, head: str, says: str) -> None:
    assert any(f"expand-contract: orders {says}" in each for each in found_in(body, head)), found_in(body, head)


@pytest.mark.parametrize(("body", "says"), UNREAD.values(), ids=UNREAD)
def test_what_cannot_be_followed_is_said(body: str, says: str) -> None:
    found = next(each for each in found_in(body) if f"expand-contract: orders {says}" in each)
    assert found.endswith("say it by op's operations or in constant SQL, or except it in architecture.toml.")


@pytest.mark.parametrize("body", LAWFUL.values(), ids=LAWFUL)
def test_what_changes_nothing_for_an_older_host_is_lawful(body: str) -> None:
    assert found_in(body) == []


@pytest.mark.parametrize(
    "body",
    ["op.drop_table(name)", "op.execute(f'DROP TABLE {name}')", "tidy(op)", "getattr(op, what)()", "op.invoke(x)"],
)
def test_what_the_rule_of_migrations_refuses_is_not_said_twice(body: str) -> None:
    files = {
        "modules.orders.migrations.0001_step": revision(1, FIRST, oldest=0),
        "modules.orders.migrations.0002_step": revision(2, body),
        "modules.orders.store": 'import sqlalchemy as sa\norders = sa.table("orders")',
    }
    (found,) = judged([migrations, rolling], files)
    assert ": migration: " in found
