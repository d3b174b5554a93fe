"""Tables of other modules are found however they are named, and one's own are nobody's business."""

from __future__ import annotations

import pytest

from app.lint.rings import tables
from app.lint.rings.tables import tables_by_module
from tests.app.lint.small import judged, small_world

HISTORY = {
    "contracts.catalog": """
        from contracts.kit import contract

        @contract(version=1)
        class Catalog: ...
        """,
    "modules.catalog.migrations.0001_first": """
        import sqlalchemy as sa
        from alembic import op

        revision = "0001"
        down_revision = None

        def upgrade():
            op.create_table("products", sa.Column("id", sa.String))
            op.execute("CREATE VIRTUAL TABLE search USING fts5(name)")
        """,
    "modules.orders.migrations.0001_first": """
        import sqlalchemy as sa
        from alembic import op

        revision = "0001"
        down_revision = None

        def upgrade():
            op.create_table("orders", sa.Column("id", sa.String))
            op.create_table("lines", sa.Column("id", sa.String))
            op.execute("CREATE VIRTUAL TABLE texts USING fts5(note)")
        """,
    "modules.catalog.store": """
        from sqlalchemy.orm import DeclarativeBase

        class Base(DeclarativeBase): ...

        class Product(Base):
            __tablename__ = "products"
        """,
}
HEAD = "import sqlite3\nimport sqlalchemy as sa\nfrom sqlalchemy import orm, select, text\n"
AT = f"modules/orders/store.py:{HEAD.count(chr(10)) + 1}"


def of_orders(source: str, head: str = HEAD) -> list[str]:
    return judged([tables], HISTORY | {"modules.orders.store": head + source})


FOREIGN = {
    'orders = sa.Table("orders", m, sa.Column("of", sa.ForeignKey("products.id")))': "points a foreign key at",
    'sa.ForeignKeyConstraint(["of"], ["products.id"])': "points a foreign key at",
    'sa.ForeignKeyConstraint(["of"], refcolumns=["Products.id"])': "points a foreign key at",
    'products = sa.Table("products", sa.MetaData(), sa.Column("id"))': "declares",
    'products = sa.table("products", sa.column("id"))': "describes for itself",
    'found = text("SELECT id FROM products")': "reaches in raw SQL for",
    'found = text("SELECT 1 FROM lines l, (SELECT * FROM \\"Products\\") p")': "reaches in raw SQL for",
    'found = text("WITH p AS (SELECT * FROM products) SELECT * FROM p")': "reaches in raw SQL for",
    'found = text("SELECT id FROM orders WHERE id IN products")': "reaches in raw SQL for",
    'found = select(text("1")).select_from(text("lines, products"))': "reaches in raw SQL for",
    'found = sa.literal_column("(SELECT max(id) FROM products)")': "reaches in raw SQL for",
    'found = sa.column("id").op("IN (SELECT id FROM products) AND")': "reaches in raw SQL for",
    'NAME = "products"\nfound = text(f"DELETE FROM {NAME}")': "reaches in raw SQL for",
    'found = text("UPDATE " + ("lines" if x else "products") + " SET id = 1")': "reaches in raw SQL for",
    'found = text(text="SELECT id FROM products")': "reaches in raw SQL for",
    'found = select(x).with_hint(orders, "(SELECT 1 FROM products)", "sqlite")': "reaches in raw SQL for",
    'found = sa.join(orders, text("products p"), text("1"))': "reaches in raw SQL for",
    'key = sa.ForeignKey(column="products.id")': "points a foreign key at",
    'connection.exec_driver_sql("INSERT INTO products VALUES (1)")': "reaches in raw SQL for",
    'cursor.execute("SELECT * FROM products")': "reaches in raw SQL for",
    'sa.event.listen(x, "after_create", sa.DDL("CREATE INDEX i ON products (id)"))': "reaches in raw SQL for",
    'line = orm.relationship("Line", secondary="products")': "joins by",
}


@pytest.mark.parametrize(("source", "how"), FOREIGN.items())
def test_a_table_of_another_module_is_found(source: str, how: str) -> None:
    line = AT if not source.startswith("NAME") else AT.replace(":4", ":5")
    assert of_orders(source) == [f"{line}: own-data: orders {how} table products of catalog; ask Catalog for it."]


@pytest.mark.parametrize("value", ['"Product"', '"modules.catalog.store.Product"', "Product"])
def test_a_relationship_to_a_class_of_another_module_is_found(value: str) -> None:
    said = f"{AT}: own-data: orders maps a relationship to Product of catalog; keep its id, and ask Catalog for it."
    assert of_orders(f"product = orm.relationship({value})") == [said]
    assert of_orders(f"product: orm.Mapped[list[{value}]] = orm.relationship()") == [said]


def test_the_host_s_tables_and_those_that_nobody_makes_are_found() -> None:
    host, nobody = of_orders('a = text("SELECT * FROM freestone_outbox")\nb = text("SELECT * FROM ordres")')
    assert "table freestone_outbox, which belongs to the host" in host
    assert "table ordres, which no migration of orders makes" in nobody


@pytest.mark.parametrize(
    "source",
    [
        'orders = sa.Table("orders", sa.MetaData(), sa.Column("before", sa.ForeignKey("orders.id")))',
        'line = orm.relationship("Line")',
        'found = text("SELECT * FROM lines AS l JOIN orders o ON o.id = l.id WHERE o.id = :products")',
        'found = text("WITH products AS (SELECT * FROM lines) SELECT * FROM products, json_each(products.id)")',
        "found = text(\"SELECT 'FROM products' -- FROM products\")",
        'found = text("INSERT INTO orders (id) VALUES (:id) ON CONFLICT DO UPDATE SET id = excluded.id")',
        'found = text("SELECT extract(year FROM products) FROM orders WHERE id IS DISTINCT FROM products")',
        'found = text("SELECT * FROM texts WHERE texts MATCH :q")\nsize = text("SELECT count(*) FROM texts_data")',
        'whole = sa.literal_column("texts")\nproducts = sa.literal_column("products")',
        'COLUMNS = ("id", "at")\nfound = text(f"SELECT {\', \'.join(COLUMNS)} FROM orders")',
        'for each in ("orders", "lines"):\n    text(f"DELETE FROM {each}")',
        'text("CREATE TEMP TABLE wanted (id)")\ntext("SELECT * FROM wanted")',
        'found = select(orders).where(orders.c.id.op("MATCH")(q)).prefix_with("MATERIALIZED")',
        'session.execute(statement)\nbus.execute("products")\nsa.func.text(anything)',
        'found = text("SELECT name FROM sqlite_schema")',
        "def f(schema: dict) -> None:\n    check(schema=schema)",
    ],
)
def test_one_s_own_tables_may_be_named_anyhow(source: str) -> None:
    assert of_orders(source) == []


@pytest.mark.parametrize(
    "source",
    [
        "def find(name):\n    return text(f'SELECT * FROM {name}')",
        "def find(where):\n    return text('SELECT * FROM orders WHERE ' + where)",
        "def find(sql):\n    return text(sql)",
        "def find(sql):\n    return connection.exec_driver_sql(sql)",
        "def find(name):\n    return cursor.execute('SELECT * FROM %s' % name)",
        "SQL = 'SELECT 1'\nSQL += ' FROM x'\nfound = text(SQL)",
    ],
)
def test_raw_sql_that_cannot_be_read_is_found(source: str) -> None:
    (said,) = of_orders(source)
    assert "has raw SQL that is no constant of the file" in said


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("t = sa.Table(name, m)", "declares a table whose name cannot be read"),
        (
            "class A:\n    @orm.declared_attr\n    def __tablename__(cls): return cls.__name__",
            "whose name cannot be read",
        ),
        ('m = sa.MetaData(schema="catalog")', "names a schema"),
        ('m = sa.MetaData("catalog")', "names a schema"),
        ('t = sa.Table("orders", m, schema=S)', "names a schema"),
        ('class A:\n    __table_args__ = ({"schema": "catalog"},)', "names a schema"),
        ('class A:\n    __table_args__: tuple = ({"schema": "catalog"},)', "names a schema"),
        ('class A:\n    @orm.declared_attr\n    def __table_args__(cls): return {"schema": "x"}', "names a schema"),
        ('t = sa.Table("orders", m, **{"schema": "catalog"})', "names a schema"),
        ('c.execution_options(schema_translate_map={None: "catalog"})', "names a schema"),
        ('k = sa.ForeignKey("catalog.orders.id")', "names the schema catalog in a foreign key"),
        ('t = text("SELECT * FROM catalog.orders")', "names the schema catalog in raw SQL"),
        ("t = text(\"ATTACH 'catalog.sqlite' AS orders\")", "says ATTACH in raw SQL"),
        ("t = text(\"VACUUM INTO 'elsewhere'\")", "says VACUUM INTO in raw SQL"),
        ('t = text("SET search_path TO orders")', "changes whose tables are seen in raw SQL"),
        ('e = sa.create_engine("sqlite://")', "opens a database by create_engine()"),
        ('from sqlalchemy.ext.asyncio import create_async_engine as make\ne = make("x")', "by create_async_engine()"),
        ("c = sqlite3.connect(file)", "opens a database by connect()"),
        ("from functools import partial\nc = partial(sqlite3.connect, file)", "opens a database by connect()"),
        ("m.reflect(c)", "reads its tables from the database by reflect()"),
        ('t = sa.Table("orders", m, autoload_with=c)', "by autoload_with="),
        ("from sqlalchemy.ext.automap import automap_base\nBase = automap_base()", "by automap_base()"),
        ("raw = connection.get_raw_connection()", "takes the driver's connection"),
        ("names = sa.inspect(c)", "reads its tables from the database by inspect()"),
        ("m.create_all(c)", "has tables come and go by create_all(); write a migration"),
        ("c.run_sync(m.drop_all)", "has tables come and go by drop_all()"),
        ("q = map(sa.text, queries)", "hands sa.text on, so nobody can see which tables it names"),
        ("from functools import partial\nt = partial(sa.Table, metadata=m)", "hands sa.Table on"),
        ("from sqlalchemy.sql.elements import TextClause\nclass Q(TextClause): ...", "hands TextClause on"),
        ("t = text('PRAGMA table_info(orders)')", "says PRAGMA in raw SQL"),
        ("t = text(\"SELECT name FROM pragma_table_info('orders')\")", "says pragma_table_info in raw SQL"),
    ],
)
def test_ways_out_of_the_module_s_own_database_are_found(source: str, says: str) -> None:
    (said,) = of_orders(source)
    assert ": own-data: orders " in said
    assert says in said


def test_the_tables_of_a_module_are_those_that_its_history_leaves() -> None:
    world = small_world(tables, HISTORY | {"modules.pages.views": ""})
    assert tables_by_module(world) == {
        "catalog": ("products", "search"),
        "orders": ("lines", "orders", "texts"),
        "pages": (),
    }
