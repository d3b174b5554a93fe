"""Tables of others, migrations that reach too far, and contracts that are used otherwise than by their operations."""

from __future__ import annotations

from tests.architecture.violations import Violation

_MODULE = "modules/planted_data"
_BASE = {
    f"{_MODULE}/__init__.py": "",
    f"{_MODULE}/migrations/__init__.py": "",
    f"{_MODULE}/migrations/0001_notes.py": """\
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table("notes", sa.Column("id", sa.String, primary_key=True), sa.Column("text", sa.String))
""",
    f"{_MODULE}/store/__init__.py": "",
    f"{_MODULE}/store/tables.py": """\
from sqlalchemy import Column, MetaData, String, Table

notes = Table("notes", MetaData(), Column("id", String, primary_key=True), Column("text", String))
marks = Table("marks", MetaData(), Column("id", String))
""",
    f"{_MODULE}/container.py": """\
from dependency_injector import providers
from dependency_injector.containers import DeclarativeContainer

from contracts.catalog import Catalog
from modules.planted_data.asking import Page


class PlantedContainer(DeclarativeContainer):
    catalog: providers.Provider[Catalog] = providers.Dependency(instance_of=Catalog)
    page = providers.Singleton(Page, catalog)
""",
}
"""A lawful module, planted once, that all of these breaks are in."""


def _own(name: str, source: str, says: str) -> Violation:
    """Plant a file of the store whose last line is at fault."""
    file = f"{_MODULE}/store/{name}.py"
    return Violation("own-data", {file: source}, f"{file}:{source.count(chr(10)) + 1}", says)


def _step(number: int, body: str, says: str, *, line: int = 10, head: str = "") -> Violation:
    """Plant a step of the history, of which one line is at fault."""
    file = f"{_MODULE}/migrations/{number:04}_planted.py"
    source = f"""\
import sqlalchemy as sa
from alembic import op
{head}
revision = "{number:04}"
down_revision = "{number - 1:04}"
oldest = "0001"


def upgrade() -> None:
    {body}
"""
    return Violation("migration", {file: source}, f"{file}:{line}", says)


def _used(name: str, use: str, says: str) -> Violation:
    """Plant a page that uses what it was handed."""
    file = f"{_MODULE}/{name}.py"
    source = f"""\
import copy
from contracts.catalog import Catalog


class Page:
    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    async def show(self) -> None:
        {use}
"""
    return Violation("operations-only", {file: source}, f"{file}:10", says)


VIOLATIONS = (
    Violation(
        "own-data",
        {
            **_BASE,
            f"{_MODULE}/store/lines.py": """\
from sqlalchemy import ForeignKey

of_product = ForeignKey("products.id")
""",
        },
        f"{_MODULE}/store/lines.py:3",
        "points a foreign key at table products of catalog; ask Catalog for it",
    ),
    _own(
        "same_table",
        'from sqlalchemy import Column, MetaData, Table\n\nstock = Table("stock", MetaData(), Column("sku"))',
        "declares table stock of inventory; ask Inventory for it",
    ),
    _own(
        "small_table",
        'import sqlalchemy as sa\n\norders = sa.table("orders")',
        "describes for itself table orders of orders",
    ),
    _own(
        "raw",
        'from sqlalchemy import text\n\nnames = text("SELECT name FROM notes JOIN products USING (id)")',
        "reaches in raw SQL for table products of catalog",
    ),
    _own(
        "common_table",
        'from sqlalchemy import text\n\nraw = text("WITH p AS (SELECT * FROM payments) SELECT * FROM p")',
        "table payments of payments; ask Payments for it",
    ),
    _own(
        "driver",
        'async def find(connection):\n    return await connection.exec_driver_sql("SELECT * FROM carts")',
        "reaches in raw SQL for table carts of cart; ask Carts for it",
    ),
    _own(
        "fragment",
        'from sqlalchemy import literal_column\n\nlatest = literal_column("(SELECT max(placed) FROM orders)")',
        "table orders of orders; ask Orders for it",
    ),
    _own(
        "unreadable",
        'from sqlalchemy import text\n\n\ndef find(name):\n    return text(f"SELECT * FROM {name}")',
        "has raw SQL that is no constant of the file",
    ),
    _own(
        "outbox", 'from sqlalchemy import text\n\nall = text("SELECT * FROM freestone_outbox")', "belongs to the host"
    ),
    _own(
        "nobodys",
        'from sqlalchemy import text\n\nall = text("SELECT * FROM note")',
        "which no migration of planted_data makes",
    ),
    _own("schema", 'from sqlalchemy import MetaData\n\nmetadata = MetaData(schema="catalog")', "names a schema"),
    _own(
        "attach",
        "from sqlalchemy import text\n\nother = text(\"ATTACH 'catalog.sqlite' AS other\")",
        "says ATTACH in raw SQL",
    ),
    _own(
        "engine",
        'from sqlalchemy.ext.asyncio import create_async_engine as make\n\n\ndef own():\n    return make("sqlite+aiosqlite://")',
        "opens a database by create_async_engine()",
    ),
    _own(
        "reflected",
        "from sqlalchemy import MetaData\n\n\ndef all(connection):\n    MetaData().reflect(connection)",
        "reads its tables from the database by reflect()",
    ),
    _own(
        "relationship",
        'from sqlalchemy.orm import relationship\n\nlines = relationship("Line", secondary="timeline")',
        "joins by table timeline of orders",
    ),
    _step(
        2, 'op.add_column("products", sa.Column("note", sa.String))', "table products of catalog; ask Catalog for it"
    ),
    _step(3, 'op.execute("UPDATE notes SET text = (SELECT name FROM accounts)")', "table accounts of accounts"),
    _step(
        4,
        'op.create_table("marks", sa.Column("id", sa.String), schema="other")',
        "names a schema",
    ),
    _step(5, 'op.drop_table("note")', "which no migration of planted_data has made before"),
    _step(
        6,
        "pass",
        "imports modules.planted_data.store.tables",
        line=3,
        head="from modules.planted_data.store.tables import notes",
    ),
    _step(7, 'op.create_table("forgotten", sa.Column("id", sa.String))', "has table forgotten left by its migrations"),
    Violation(
        "migration",
        {
            f"{_MODULE}/store/undone.py": """\
from sqlalchemy import Column, MetaData, String, Table

drafts = Table("drafts", MetaData(), Column("id", String))
""",
        },
        f"{_MODULE}/store/undone.py:3",
        "declares table drafts, which no migration of it makes",
    ),
    _used(
        "misspelt",
        "await self._catalog.get_produkt('x')",
        "uses get_produkt of Catalog, which is no operation; say get_product",
    ),
    _used("asking", "await self._catalog.get_offer(())", "uses get_offer of Catalog, which is no operation"),
    _used("inner", "self._catalog._target", "uses _target of Catalog, which is no operation"),
    _used("kind", "assert isinstance(self._catalog, Page)", "looks into Catalog by isinstance"),
    _used("kept", "copy.copy(self._catalog)", "looks into Catalog by copy"),
    _used("changed", "self._catalog.get_product = None", "sets get_product of Catalog"),
    Violation(
        "operations-only",
        {
            f"{_MODULE}/listeners.py": """\
from contracts.catalog import Catalog
from contracts.kit import Work
from contracts.orders import OrderPaid


async def on_order_paid(event: OrderPaid, work: Work, catalog: Catalog) -> None:
    await catalog.get_offers(())
""",
            f"{_MODULE}/module.py": """\
from contracts.kit import Module
from contracts.orders import OrderPaid
from modules.planted_data.listeners import on_order_paid

module = Module(name="planted_data", container=object, listens={OrderPaid: on_order_paid})
""",
        },
        f"{_MODULE}/listeners.py",
        "Catalog in a handler of events, which calls nobody",
    ),
)
