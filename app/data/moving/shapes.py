"""Tables as both engines have them: rows of values that are the same on each, whatever the engine stores."""

from __future__ import annotations

import decimal
import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Dialect,
    Double,
    Enum,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    Time,
    TypeDecorator,
    Uuid,
    inspect,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import TypeEngine

from app.data.moving.failures import MoveFailed

Key = tuple[Any, ...]
Values = Sequence[Any]


class _SqliteDecimal(TypeDecorator[decimal.Decimal]):
    """SQLite has no decimals: what NUMERIC affinity takes from a text, it gives as a number, or as that text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        return None if value is None else str(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        return None if value is None else decimal.Decimal(str(value))


_KINDS: tuple[tuple[type[TypeEngine[Any]], TypeEngine[Any] | None], ...] = (
    (Enum, None),
    (Uuid, None),
    (Boolean, Boolean()),
    (Integer, BigInteger()),
    (String, Text()),
    (LargeBinary, LargeBinary()),
    (Float, Double()),
    (Numeric, Numeric().with_variant(_SqliteDecimal(), "sqlite")),
    (DateTime, DateTime()),
    (Date, Date()),
    (Time, Time()),
    (JSON, JSON(none_as_null=True)),
)
"""What a column of each type is read and written as, the first that fits; None where engines do not agree."""


CHANGES = "freestone_changes_"
"""How the names of tables begin in which changes are noted."""


class Shape(NamedTuple):
    """One table: its columns, in the order of their names, and the places of its primary key among them.

    In ``log`` its changes are noted while it is moved: the number of the ``change``, which grows, and a row's key as
    ``k0``, ``k1`` and so on.
    """

    table: Table
    key: tuple[int, ...]
    log: Table

    @property
    def name(self) -> str:
        """The table's name."""
        return self.table.name

    @property
    def keys(self) -> list[Column[Any]]:
        """The primary key's columns."""
        columns = list(self.table.c)
        return [columns[place] for place in self.key]

    def key_of(self, row: Values) -> Key:
        """Return a row's primary key."""
        return tuple(row[place] for place in self.key)

    def place_of(self, column: str) -> int:
        """Return where a column stands in a row."""
        return [each.name for each in self.table.c].index(column)


async def shapes_of(session: AsyncSession, tables: Collection[str]) -> dict[str, Shape]:
    """Return the shapes of these tables, parents before those that refer to them; `MoveFailed` where one has none."""
    connection = await session.connection()
    return await connection.run_sync(_shapes, tables)


def check_alike(source: Mapping[str, Shape], target: Mapping[str, Shape]) -> None:
    """Raise `MoveFailed` where a row of one would not be a row of the other."""
    for name in sorted({*source} ^ {*target}):
        here, there = ("source", "target") if name in source else ("target", "source")
        raise MoveFailed(
            f"Table {name} is in the {here} and not in the {there}: a migration makes it on one engine only; "
            "if it follows from the module's other tables, name it in derived= of its manifest."
        )
    for name, shape in source.items():
        if _said(shape) != _said(target[name]):
            raise MoveFailed(f"Table {name} is not the same in the source ({_said(shape)}) and in the target.")


def digest(row: Values) -> bytes:
    """Return a checksum of a row: the same on each engine for the same values."""
    said = [value.normalize() if isinstance(value, decimal.Decimal) else value for value in row]
    return hashlib.blake2b(_encoder.encode(said), digest_size=16).digest()


_encoder = msgspec.msgpack.Encoder(order="sorted")


def _shapes(connection: Connection, tables: Collection[str]) -> dict[str, Shape]:
    inspector = inspect(connection)
    ordered = [name for name, _ in inspector.get_sorted_table_and_fkc_names() if name is not None and name in tables]
    return {name: _shape(name, inspector) for name in ordered}


def _shape(name: str, inspector: Any) -> Shape:
    key = inspector.get_pk_constraint(name)["constrained_columns"]
    if not key:
        raise MoveFailed(f"Table {name} has no primary key, so that its rows cannot be told apart.")
    found = {each["name"]: each for each in inspector.get_columns(name) if "computed" not in each}
    columns = [Column(each, _kind(name, each, found[each]["type"])) for each in sorted(found)]
    places = [columns.index(each) for part in key for each in columns if each.name == part]
    noted = [Column(f"k{number}", columns[place].type) for number, place in enumerate(places)]
    log = Table(f"{CHANGES}{name}", MetaData(), Column("change", BigInteger), *noted)
    return Shape(Table(name, MetaData(), *columns), tuple(places), log)


def _kind(table: str, column: str, type_: TypeEngine[Any]) -> TypeEngine[Any]:
    kind = next((kind for each, kind in _KINDS if isinstance(type_, each)), None)
    if kind is None or getattr(type_, "timezone", False):
        raise MoveFailed(f"Column {column} of table {table} is of a type that cannot be moved: {type_!r}.")
    return kind


def _said(shape: Shape) -> str:
    columns = [f"{each.name} {type(each.type).__name__.lower()}" for each in shape.table.c]
    return f"{', '.join(columns)}; key {', '.join(each.name for each in shape.keys)}"
