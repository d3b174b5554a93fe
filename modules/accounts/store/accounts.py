"""Accounts in the database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Result, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.accounts import Account, AccountNotFound, EmailTaken
from contracts.kit import Role
from contracts.values import AccountId
from modules.accounts.domain.people import email_key
from modules.accounts.store.tables import accounts

columns = (accounts.c.id, accounts.c.email, accounts.c.name, accounts.c.roles)
"""What `account_of` takes."""

_credentials = select(*columns, accounts.c.password_hash, accounts.c.password_version)
_account = select(*columns).where(accounts.c.id == bindparam("id"))
_credentials_of = _credentials.where(accounts.c.id == bindparam("id"))
_credentials_by_email = _credentials.where(accounts.c.email_key == bindparam("key"))
_version = select(accounts.c.password_version).where(accounts.c.id == bindparam("id")).with_for_update()
_of = update(accounts).where(accounts.c.id == bindparam("its_id"))
_rename = _of.values(name=bindparam("new_name")).returning(*columns)
_set_roles = _of.values(roles=bindparam("new_roles")).returning(*columns)
_same_password = _of.where(accounts.c.password_version == bindparam("version"))
_renew_hash = _same_password.values(password_hash=bindparam("new_hash"))
_change_password = _renew_hash.values(password_version=accounts.c.password_version + 1).returning(accounts.c.id)


class Credentials(NamedTuple):
    """An account and its password as they were read; ``version`` tells whether the password was changed since."""

    account: Account
    password_hash: str
    version: int

    def __repr__(self) -> str:
        return f"Credentials(account={self.account!r}, password_hash=…, version={self.version})"


async def add(session: AsyncSession, account: Account, password_hash: str, now: int) -> None:
    """Add an account; `EmailTaken` where another has its e-mail address."""
    row = {
        "id": account.id,
        "email": account.email,
        "email_key": email_key(account.email),
        "name": account.name,
        "roles": _names(account.roles),
        "password_hash": password_hash,
        "password_version": 1,
        "created": now,
    }
    try:
        await session.execute(insert(accounts), row)
    except IntegrityError:
        raise EmailTaken from None


async def find(session: AsyncSession, account_id: str) -> Account:
    """Return an account, or raise `AccountNotFound`."""
    return _found(account_id, await session.execute(_account, {"id": account_id}))


async def credentials_of(session: AsyncSession, account_id: str) -> Credentials:
    """Return an account with its password's hash, or raise `AccountNotFound`."""
    found = _credentials_in(await session.execute(_credentials_of, {"id": account_id}))
    if found is None:
        raise AccountNotFound(account_id=AccountId(account_id))
    return found


async def credentials_by_email(session: AsyncSession, email: str) -> Credentials | None:
    """Return the account with an e-mail address, however spelt, if there is one."""
    return _credentials_in(await session.execute(_credentials_by_email, {"key": email_key(email)}))


async def rename(session: AsyncSession, account_id: str, name: str) -> Account:
    """Change a name; `AccountNotFound` where there is no such account."""
    return _found(account_id, await session.execute(_rename, {"its_id": account_id, "new_name": name}))


async def set_roles(session: AsyncSession, account_id: str, roles: Iterable[Role]) -> Account:
    """Change the roles; `AccountNotFound` where there is no such account."""
    row = {"its_id": account_id, "new_roles": _names(roles)}
    return _found(account_id, await session.execute(_set_roles, row))


async def renew_hash(session: AsyncSession, known: Credentials, password_hash: str) -> None:
    """Replace the hash of the same password, unless the password was changed meanwhile."""
    await session.execute(
        _renew_hash, {"its_id": known.account.id, "version": known.version, "new_hash": password_hash}
    )


async def change_password(session: AsyncSession, known: Credentials, password_hash: str) -> bool:
    """Replace the password, unless it was changed meanwhile; say whether it was replaced."""
    row = {"its_id": known.account.id, "version": known.version, "new_hash": password_hash}
    return await session.scalar(_change_password, row) is not None


async def is_current(session: AsyncSession, known: Credentials) -> bool:
    """Say whether the password is still the one that was read."""
    return await session.scalar(_version, {"id": known.account.id}) == known.version


def account_of(account_id: str, email: str, name: str, roles: str) -> Account:
    """Make the message of a row."""
    return Account(id=AccountId(account_id), email=email, name=name, roles=frozenset(map(Role, roles.split())))


def _found(account_id: str, rows: Result[str, str, str, str]) -> Account:
    row = rows.one_or_none()
    if row is None:
        raise AccountNotFound(account_id=AccountId(account_id))
    return account_of(*row)


def _credentials_in(rows: Result[str, str, str, str, str, int]) -> Credentials | None:
    row = rows.one_or_none()
    if row is None:
        return None
    account_id, email, name, roles, password_hash, version = row
    return Credentials(account_of(account_id, email, name, roles), password_hash, version)


def _names(roles: Iterable[Role]) -> str:
    return " ".join(sorted(roles))
