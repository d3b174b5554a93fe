"""Where carts are kept: the only part of them that knows tables."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Named,
    Table,
    TypedColumns,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.values import Sku
from modules.cart.domain import Owner
from modules.cart.items import Item, Layer

metadata = MetaData()

_Number = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER PRIMARY KEY counts by itself there


class _Carts(TypedColumns):
    """An account's cart has its id, a guest's the hash of its token. ``touched`` is in seconds since 1970."""

    number: Named[int] = Column(_Number, primary_key=True)
    account_id: Named[str | None] = Column(unique=True)
    token_hash: Named[bytes | None] = Column(LargeBinary, unique=True)
    touched: Named[int] = Column(BigInteger)


class _Lines(TypedColumns):
    """``number`` grows with every line, so it keeps them in the order in which they were added.

    ``layers`` is JSON, pairs of microseconds since 1970 and a quantity; empty where a line was not noted to have grown.
    """

    number: Named[int] = Column(_Number, primary_key=True)
    cart: Named[int] = Column(_Number, ForeignKey("carts.number", ondelete="CASCADE"))
    sku: Named[str]
    quantity: Named[int]
    name: Named[str]
    detail: Named[str]
    layers: Named[str | None]


carts = Table("carts", metadata, _Carts)
lines = Table("lines", metadata, _Lines, UniqueConstraint("cart", "sku"))

guests = carts.c.token_hash.is_not(None)
Index("ix_carts_touched", carts.c.touched, sqlite_where=guests, postgresql_where=guests)

PURGE_BATCH = 200

_layers = msgspec.json.Decoder(tuple[tuple[int, int], ...])

# Each cart has one of both, and nothing equals NULL.
_owned = or_(carts.c.account_id == bindparam("owner"), carts.c.token_hash == bindparam("token"))
_find = select(carts.c.number).where(_owned)
_held = (
    select(lines.c.sku, lines.c.quantity, lines.c.name, lines.c.detail, lines.c.layers)
    .where(lines.c.cart == bindparam("cart"))
    .order_by(lines.c.number)
)
_claim = _find.with_for_update()
_count = (
    select(func.coalesce(func.sum(lines.c.quantity), 0))
    .join_from(carts, lines, lines.c.cart == carts.c.number)
    .where(_owned)
)
_touch = update(carts).where(_owned).values(touched=bindparam("now")).returning(carts.c.number)
_add = insert(carts).returning(carts.c.number)
_of_line = lines.c.cart == bindparam("its_cart"), lines.c.sku == bindparam("its_sku")
_set_line = (
    update(lines)
    .where(*_of_line)
    .values(
        quantity=bindparam("new_quantity"),
        name=bindparam("new_name"),
        detail=bindparam("new_detail"),
        layers=bindparam("new_layers"),
    )
    .returning(lines.c.number)
)
_remove_line = delete(lines).where(*_of_line).returning(lines.c.number)
_drop = delete(carts).where(carts.c.number == bindparam("cart"))
_purge = (
    delete(carts)
    .where(
        carts.c.number.in_(
            select(carts.c.number)
            .where(guests, carts.c.touched <= bindparam("before"))
            .order_by(carts.c.touched)
            .limit(PURGE_BATCH)
        )
    )
    .returning(carts.c.number)
)


async def find(session: AsyncSession, owner: Owner) -> int | None:
    """Return the number of an owner's cart, None where there is none."""
    return await session.scalar(_find, _name(owner))


async def claim(session: AsyncSession, owner: Owner) -> int | None:
    """Return the number of an owner's cart, to be changed by this transaction alone from now on."""
    return await session.scalar(_claim, _name(owner))


async def touch(session: AsyncSession, owner: Owner, now: datetime) -> int | None:
    """Claim an owner's cart, which is in use `now`, and return its number."""
    return await session.scalar(_touch, _name(owner) | {"now": int(now.timestamp())})


async def add(session: AsyncSession, owner: Owner, now: datetime) -> int:
    """Add an empty cart and return its number."""
    return (await session.scalars(_add, owner._asdict() | {"touched": int(now.timestamp())})).one()


async def drop(session: AsyncSession, cart: int) -> None:
    """Remove a cart."""
    await session.execute(_drop, {"cart": cart})


async def held(session: AsyncSession, cart: int) -> tuple[Item, ...]:
    """Return a cart's lines in the order in which they were added."""
    rows = await session.execute(_held, {"cart": cart})
    return tuple(_item(*row) for row in rows)


async def count(session: AsyncSession, owner: Owner) -> int:
    """Return how many items an owner's cart holds."""
    return await session.scalar(_count, _name(owner)) or 0


async def put(session: AsyncSession, cart: int, items: Iterable[Item]) -> None:
    """Write lines as they are to be, new ones too; those with quantity 0 go."""
    for item in items:
        if item.quantity == 0:
            await remove(session, cart, item.sku)
            continue
        change = {
            "its_cart": cart,
            "its_sku": item.sku,
            "new_quantity": item.quantity,
            "new_name": item.name,
            "new_detail": item.detail,
            "new_layers": _packed(item.layers),
        }
        if await session.scalar(_set_line, change) is None:
            row = item._asdict() | {"cart": cart, "layers": _packed(item.layers)}
            await session.execute(insert(lines), row)


async def remove(session: AsyncSession, cart: int, sku: Sku) -> bool:
    """Remove a line; say whether there was one."""
    return await session.scalar(_remove_line, {"its_cart": cart, "its_sku": sku}) is not None


async def purge(session: AsyncSession, before: int) -> bool:
    """Remove some guests' carts not touched since ``before``; say whether there may be more."""
    return len((await session.scalars(_purge, {"before": before})).all()) == PURGE_BATCH


def _item(sku: str, quantity: int, name: str, detail: str, layers: str | None) -> Item:
    """Return a line; where a host of an older release, which knows no layers, made it smaller, the latest are less."""
    noted = tuple(_layer(*pair) for pair in _layers.decode(layers or "[]"))
    total = max(quantity, sum(layer.quantity for layer in noted))
    return Item(Sku(sku), total, name, detail, noted).less(total - quantity)


def _layer(since: int, quantity: int) -> Layer:
    return Layer(datetime.fromtimestamp(since / 1_000_000, UTC), quantity)


def _packed(layers: Iterable[Layer]) -> str | None:
    pairs = [(round(layer.since.timestamp() * 1_000_000), layer.quantity) for layer in layers]
    return msgspec.json.encode(pairs).decode() if pairs else None


def _name(owner: Owner) -> dict[str, str | bytes | int | None]:
    return {"owner": owner.account_id, "token": owner.token_hash}
