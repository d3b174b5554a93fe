"""Sessions in the database."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.accounts import Account
from modules.accounts.store.accounts import account_of, columns
from modules.accounts.store.tables import accounts, sessions

_of_token = sessions.c.token_hash == bindparam("hash")
_current = (
    select(*columns, sessions.c.ends, sessions.c.expires)
    .join_from(sessions, accounts, sessions.c.account_id == accounts.c.id)
    .where(_of_token, sessions.c.ends > bindparam("now"))
)
_prolong = update(sessions).where(_of_token, sessions.c.ends == bindparam("old_end")).values(ends=bindparam("new_end"))
_end = delete(sessions).where(_of_token)
_end_others = delete(sessions).where(
    sessions.c.account_id == bindparam("account"), sessions.c.token_hash != bindparam("hash")
)


class Current(NamedTuple):
    """A session that goes on: whose it is, when it ends if it is not used, and when in any case."""

    account: Account
    ends: int
    expires: int


async def begin(session: AsyncSession, token: str, account: Account, ends: int, expires: int) -> None:
    """Add a session."""
    row = {"token_hash": hash_of(token), "account_id": account.id, "ends": ends, "expires": expires}
    await session.execute(insert(sessions), row)


async def find(session: AsyncSession, token: str, now: int) -> Current | None:
    """Return the session with this token, unless it has ended."""
    row = (await session.execute(_current, {"hash": hash_of(token), "now": now})).one_or_none()
    if row is None:
        return None
    account_id, email, name, roles, ends, expires = row
    return Current(account_of(account_id, email, name, roles), ends, expires)


async def prolong(session: AsyncSession, token: str, old_end: int, new_end: int) -> None:
    """Let a session that is used go on; nothing where somebody has done it, or has ended it."""
    await session.execute(_prolong, {"hash": hash_of(token), "old_end": old_end, "new_end": new_end})


async def end(session: AsyncSession, token: str) -> None:
    """Remove a session, if there is one."""
    await session.execute(_end, {"hash": hash_of(token)})


async def end_others(session: AsyncSession, account_id: str, token: str) -> None:
    """Remove all sessions of an account but the one with this token."""
    await session.execute(_end_others, {"account": account_id, "hash": hash_of(token)})


def hash_of(token: str) -> bytes:
    """Return what a token is kept as. It is random and long, so that a plain digest cannot be undone."""
    return hashlib.sha256(token.encode()).digest()
