"""Which copy of a module's data takes writes: what each copy says of itself, in the row ``copy`` of its freestone_meta.

Every write transaction begins by locking and reading that row. On PostgreSQL this is also what makes a module's
writers wait for each other, so that a write transaction sees nothing change but by itself, as on SQLite. In the same
statement it learns which code may write at all (`oldest`).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec
from sqlalchemy import Connection, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.data.tables import COPY, OLDEST, meta

State = Literal["serving", "fenced", "moved", "arriving"]

LASTS = 3.0
"""Seconds after which a fence is worth nothing, should whoever put it up be gone."""
_AT_MOST = round(2 * LASTS * 1e6)
"""How far ahead a fence's end may be, by clocks that differ a little: beyond that, one was set back."""


class Copy(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a copy says of itself.

    ``serving`` takes writes, ``fenced`` does so again from ``until`` (microseconds since 1970, by its place's clock) if
    nobody says otherwise before. ``moved`` is over: the data is at ``to``, a `Place.address`. ``arriving`` is not
    complete, or nobody has said yet that it is; until then the data is at ``to``, if there is any. ``move`` is the id
    of the move that said so; of a copy that takes writes, of the one that is being prepared, which alone may end it.
    """

    state: State = "serving"
    move: str = ""
    until: int = 0
    to: str = ""

    def stands(self, now: int) -> bool:
        """Say whether this is a fence that still keeps everybody from writing, by its place's clock."""
        return self.state == "fenced" and now < self.until <= now + _AT_MOST


SERVING = Copy()


class Standing(NamedTuple):
    """What who begins a transaction has to know of a copy, and the ``oldest`` revision that may still write to it."""

    copy: Copy
    oldest: str | None


_row = meta.c.name == COPY
# In the order of their names, so that of two who lock both rows one waits for the other before it has any. An upgrade
# changes the second under the lock on the first: who has waited for it is given the row as it is then ("READ
# COMMITTED": a locking SELECT goes by the updated version of a row, and not by its snapshot).
_looking = select(meta.c.name, meta.c.value).where(or_(_row, meta.c.name == OLDEST)).order_by(meta.c.name)
_locking = _looking.with_for_update()
_decoder = msgspec.json.Decoder(Copy)


def decode(value: str) -> Copy:
    """Return what a row's value says."""
    return _decoder.decode(value)


def encode(copy: Copy) -> str:
    """Return the value that says so."""
    return msgspec.json.encode(copy).decode()


async def read(session: AsyncSession, *, lock: bool = False) -> Standing:
    """Return how this copy stands; with ``lock``, nobody changes that, nor begins to write, in this transaction."""
    copy, *oldest = (await session.execute(_locking if lock else _looking)).all()
    return Standing(decode(copy.value), oldest[0].value if oldest else None)


async def write(session: AsyncSession, copy: Copy) -> None:
    """Have it say something else."""
    await session.execute(update(meta).where(_row).values(value=encode(copy)))


async def change(session: AsyncSession, said: Copy, copy: Copy) -> bool:
    """Have it say something else if it is this that was ``said``, word for word; return whether it was."""
    if (await read(session, lock=True)).copy != said:
        return False
    await write(session, copy)
    return True


def make(connection: Connection) -> None:
    """Add the row to a database from before there was one."""
    if stored(connection) is None:
        connection.execute(insert(meta).values(name=COPY, value=encode(SERVING)))


def stored(connection: Connection) -> Copy | None:
    """Return what this copy says, None where it says nothing; nobody else changes it in this transaction."""
    value = connection.execute(select(meta.c.value).where(_row).with_for_update()).scalar_one_or_none()
    return None if value is None else decode(value)
