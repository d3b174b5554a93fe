"""What slows down guessing: sources' buckets, accounts' failures, and from where people logged in."""

from __future__ import annotations

import hashlib

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from modules.accounts.domain import throttles
from modules.accounts.domain.throttles import Failures
from modules.accounts.store.tables import buckets, failures, known_sources

_bucket = buckets.c.key == bindparam("its_key")
_empty_at = select(buckets.c.empty_at).where(_bucket).with_for_update()
_set_bucket = update(buckets).where(_bucket).values(empty_at=bindparam("new_time")).returning(buckets.c.key)
_take_back = update(buckets).where(_bucket).values(empty_at=buckets.c.empty_at - bindparam("seconds"))

_failed = failures.c.key == bindparam("its_key")
_failures = select(failures.c.streak, failures.c.until).where(_failed).with_for_update()
_set_failures = (
    update(failures)
    .where(_failed)
    .values(streak=bindparam("new_streak"), until=bindparam("new_time"))
    .returning(failures.c.key)
)
_forgive = delete(failures).where(_failed)

_from = (
    known_sources.c.account_id == bindparam("account"),
    known_sources.c.source_hash == bindparam("source"),
)
_is_known = select(known_sources.c.seen).where(*_from)
_seen = update(known_sources).where(*_from).values(seen=bindparam("now")).returning(known_sources.c.seen)
_forget = delete(known_sources).where(known_sources.c.account_id == bindparam("account"))


async def pour(session: AsyncSession, key: bytes, now: int, *, size: int) -> None:
    """Put a drop into a source's bucket; `TooManyAttempts` where it is full."""
    empty_at = throttles.pour(await session.scalar(_empty_at, {"its_key": key}) or 0, now, size=size)
    if await session.scalar(_set_bucket, {"its_key": key, "new_time": empty_at}) is None:
        await session.execute(insert(buckets), {"key": key, "empty_at": empty_at})


async def take_back(session: AsyncSession, key: bytes, *, size: int) -> None:
    """Take a drop out of a source's bucket again."""
    await session.execute(_take_back, {"its_key": key, "seconds": throttles.drop(size)})


async def strike(session: AsyncSession, key: bytes, now: int, *, free: int, longest: int) -> None:
    """Count a failure; `TooManyAttempts` while the delay that earlier ones caused is running."""
    row = (await session.execute(_failures, {"its_key": key})).one_or_none()
    after = throttles.strike(Failures() if row is None else Failures(*row), now, free=free, longest=longest)
    if (
        await session.scalar(_set_failures, {"its_key": key, "new_streak": after.streak, "new_time": after.until})
        is None
    ):
        await session.execute(insert(failures), {"key": key, "streak": after.streak, "until": after.until})


async def forgive(session: AsyncSession, key: bytes) -> None:
    """Forget the failures counted under a key."""
    await session.execute(_forgive, {"its_key": key})


async def is_known(session: AsyncSession, account_id: str, source: bytes) -> bool:
    """Say whether an account was logged in to from a source."""
    return await session.scalar(_is_known, {"account": account_id, "source": source}) is not None


async def remember_source(session: AsyncSession, account_id: str, source: bytes, now: int) -> None:
    """Note that an account was logged in to from a source."""
    row = {"account": account_id, "source": source, "now": now}
    if await session.scalar(_seen, row) is None:
        await session.execute(insert(known_sources), {"account_id": account_id, "source_hash": source, "seen": now})


async def forget_sources(session: AsyncSession, account_id: str) -> None:
    """Forget from where an account was logged in to."""
    await session.execute(_forget, {"account": account_id})


def key_of(what: str, name: str) -> bytes:
    """Return the key under which attempts of one kind by, or on, something with a name are counted."""
    return hashlib.sha256(f"{what}\0{name}".encode()).digest()
