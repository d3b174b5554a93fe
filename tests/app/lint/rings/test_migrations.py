"""A history is followed to its end: it changes what it made, and leaves behind what the store declares."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from app.lint.rings import migrations, tables
from app.lint.rings.tables import tables_by_module
from tests.app.lint.small import judged, small_world

CATALOG = """
import sqlalchemy as sa
from alembic import op
revision = "0001"
down_revision = None
def upgrade():
    op.create_table("products", sa.Column("id", sa.String))
"""
CONTRACT = "from contracts.kit import contract\n@contract(version=1)\nclass Catalog: ..."
STORE = 'import sqlalchemy as sa\nproducts = sa.Table("products", m, sa.Column("id"))'


def step(number: int, body: str, head: str = "") -> str:
    before = f'"{number - 1:04}"' if number > 1 else "None"
    lines = [f'revision = "{number:04}"', f"down_revision = {before}", "import sqlalchemy as sa"]
    return "\n".join([*lines, "from alembic import op", head, "def upgrade():", indent(dedent(body), "    ")])


FIRST = step(1, 'op.create_table("orders", sa.Column("id", sa.String), sa.Column("at", sa.Integer))')
USES = 'import sqlalchemy as sa\norders = sa.Table("orders", m, sa.Column("id"), sa.Column("at"))'


def of_orders(*bodies: str, store: str = USES, head: str = "") -> list[str]:
    """Say what is wrong with a history that goes on with these steps, its own first."""
    history = {
        f"modules.orders.migrations.{number:04}_step": step(number, body, head) for number, body in enumerate(bodies, 2)
    }
    return judged(
        [migrations],
        {
            "contracts.catalog": CONTRACT,
            "modules.catalog.migrations.0001_first": CATALOG,
            "modules.catalog.store": STORE,
            "modules.orders.migrations.__init__": "",
            "modules.orders.migrations.0001_step": FIRST,
            "modules.orders.store": store,
            **history,
        },
    )


def test_a_history_that_keeps_to_itself_is_lawful() -> None:
    assert (
        of_orders(
            """
            op.create_table("lines", sa.Column("of", sa.ForeignKey("orders.id")), sa.UniqueConstraint("of"))
            op.create_index("ix_lines", "lines", ["of"])
            op.bulk_insert(sa.table("lines", sa.column("of")), [])
            op.get_bind().execute(sa.text("INSERT INTO lines SELECT id FROM orders"))
            """,
            """
            op.add_column("orders", sa.Column("total", sa.Integer))
            with op.batch_alter_table("orders") as batch:
                batch.drop_column("at")
                batch.alter_column("total", new_column_name="sum")
            for name in ("a", "b"):
                op.create_table(name)
                op.drop_table(name)
            """,
            """
            op.rename_table("lines", "items")
            op.execute("CREATE TABLE later (id INTEGER); INSERT INTO later SELECT * FROM orders")
            op.execute("DROP TABLE later")
            if op.get_bind().dialect.name == "sqlite":
                op.execute("CREATE VIRTUAL TABLE texts USING fts5(note)")
            """,
            store="""
            import sqlalchemy as sa
            class Orders(sa.TypedColumns):
                id: sa.Named[str]
                total: sa.Named[int] = sa.Column("sum")
            orders = sa.Table("orders", m, Orders)
            items = sa.Table("items", m, sa.Column("of"))
            texts = sa.table("texts")
            """,
        )
        == []
    )


FOREIGN = [
    'op.add_column("products", sa.Column("x", sa.Integer))',
    'op.drop_table("products")',
    'op.rename_table("products", "orders2")',
    'op.alter_column("products", "id", nullable=True)',
    'op.create_index("ix", "products", ["id"])',
    'op.drop_index("ix", table_name="products")',
    'op.create_foreign_key("fk", "orders", "products", ["id"], ["id"])',
    'op.bulk_insert(sa.table("products", sa.column("id")), [])',
    'op.execute("UPDATE products SET id = 1")',
    'op.get_bind().execute(sa.text("DELETE FROM orders WHERE id IN (SELECT id FROM products)"))',
    'op.create_table("x", sa.Column("of", sa.ForeignKey("products.id")))\nop.drop_table("x")',
    'with op.batch_alter_table("products") as batch:\n    batch.drop_column("id")',
    'with op.batch_alter_table("orders") as batch:\n    batch.create_foreign_key("fk", "products", ["id"], ["id"])',
]


@pytest.mark.parametrize("body", FOREIGN)
def test_a_step_that_touches_a_table_of_another_module_is_found(body: str) -> None:
    found = set(of_orders(body))
    assert found
    for said in found:
        assert said.startswith("modules/orders/migrations/0002_step.py:")
        assert ": migration: orders " in said
        assert said.endswith(" table products of catalog; ask Catalog for it.")


@pytest.mark.parametrize(
    "body",
    [
        'op.add_column("line", sa.Column("x", sa.Integer))',
        'op.drop_table("orders")\nop.execute("DELETE FROM orders")\nop.create_table("orders")',
        'op.execute("INSERT INTO later VALUES (1)")\nop.execute("CREATE TABLE later (id)")\nop.drop_table("later")',
    ],
)
def test_a_step_that_touches_what_is_not_there_is_found(body: str) -> None:
    (said,) = of_orders(body)
    assert "which no migration of orders has made before" in said


def test_the_way_back_is_judged_by_what_is_there_and_changes_nothing() -> None:
    back = 'op.create_table("a")\ndef downgrade():\n    op.drop_table({})\nOTHER = 1'
    used = USES + '\na = sa.table("a")'
    assert of_orders(dedent(back).format('"a"').replace("\nOTHER", "\ndef other(): ...\nOTHER"), store=used) == []
    world = small_world(
        tables, {"modules.one.migrations.0001_a": FIRST + "\ndef downgrade():\n    op.drop_table('orders')"}
    )
    assert tables_by_module(world) == {"one": ("orders",)}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ('op.create_table("a", schema="x")\nop.drop_table("a")', "names a schema"),
        ('op.execute("CREATE TABLE freestone_x (id)")\nop.drop_table("freestone_x")', "belongs to the host"),
        ("op.drop_table(name)", "a table whose name cannot be read"),
        ("op.execute(f'DELETE FROM {name}')", "has raw SQL that is no constant of the file"),
        ("op.invoke(thing)", "says op.invoke, of which nobody can see"),
        ("def make(o): o.create_table('a')\nmake(op)", "hands alembic.op on"),
        ("getattr(op, what)('orders')", "hands alembic.op on"),
        ("from alembic.operations import Operations", "takes more of Alembic than op"),
        ("import modules.orders.store", "imports modules.orders.store, which may change"),
        ("from contracts.values import Money", "imports contracts.values, which may change"),
        ("from . import helpers", "imports ., which may change"),
    ],
)
def test_what_a_migration_does_not_say_plainly_or_for_good_is_found(body: str, says: str) -> None:
    (said,) = of_orders(body)
    assert said.startswith("modules/orders/migrations/0002_step.py:")
    assert ": migration: orders " in said
    assert says in said


def test_a_history_is_one_line() -> None:
    (said,) = judged(
        [migrations],
        {
            "modules.orders.migrations.0001_a": FIRST,
            "modules.orders.migrations.0002_b": FIRST,
            "modules.orders.s": USES,
        },
    )
    assert "0001_a.py and 0002_b.py both follow None" in said
    (said,) = judged([migrations], {"modules.orders.migrations.0001_a": "revision = make()"})
    assert "does not say its revision and down_revision plainly" in said


def test_what_the_store_declares_is_what_the_history_leaves() -> None:
    more = USES + '\nmore = sa.Table("more", m, sa.Column("id"))'
    (said,) = of_orders(store=more)
    assert said == (
        "modules/orders/store.py:3: migration: orders declares table more, which no migration of it makes; "
        "write the migration."
    )
    (said,) = of_orders(store="")
    assert said == (
        "modules/orders/migrations/0001_step.py:7: migration: orders has table orders left by its migrations, "
        "which nothing in it uses; declare or drop it."
    )
    (said,) = of_orders('op.add_column("orders", sa.Column("total", sa.Integer))')
    assert said == (
        "modules/orders/store.py:2: migration: orders declares table orders otherwise than its migrations leave it "
        "(total); write the migration."
    )
