"""Address books in the database."""

from __future__ import annotations

import msgspec
from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.accounts import AccountNotFound, AddressBookFull, AddressId, AddressNotFound, SavedAddress
from contracts.values import AccountId, Address
from modules.accounts.store.tables import accounts, addresses

MOST_ADDRESSES = 20

_book = (
    select(
        addresses.c.id,
        addresses.c.name,
        addresses.c.street,
        addresses.c.postal_code,
        addresses.c.city,
        addresses.c.country,
    )
    .where(addresses.c.account_id == bindparam("account"))
    .order_by(addresses.c.number)
)
_owner = select(accounts.c.id).where(accounts.c.id == bindparam("account")).with_for_update()
_remove = (
    delete(addresses)
    .where(addresses.c.id == bindparam("id"), addresses.c.account_id == bindparam("account"))
    .returning(addresses.c.id)
)


async def book(session: AsyncSession, account_id: str) -> tuple[SavedAddress, ...]:
    """Return an account's address book, the oldest first."""
    return tuple(
        SavedAddress(
            id=AddressId(id_),
            address=Address(name=name, street=street, postal_code=postal_code, city=city, country=country),
        )
        for id_, name, street, postal_code, city, country in await session.execute(_book, {"account": account_id})
    )


async def add(session: AsyncSession, account_id: str, new: SavedAddress) -> SavedAddress:
    """Add to an address book, or return what stands there already. `AccountNotFound`, `AddressBookFull`."""
    if await session.scalar(_owner, {"account": account_id}) is None:
        raise AccountNotFound(account_id=AccountId(account_id))
    present = await book(session, account_id)
    for saved in present:
        if saved.address == new.address:
            return saved
    if len(present) >= MOST_ADDRESSES:
        raise AddressBookFull
    row = {"id": new.id, "account_id": account_id} | msgspec.structs.asdict(new.address)
    await session.execute(insert(addresses), row)
    return new


async def remove(session: AsyncSession, account_id: str, address_id: AddressId) -> None:
    """Remove from an address book; `AddressNotFound` where it is not there."""
    if await session.scalar(_remove, {"account": account_id, "id": address_id}) is None:
        raise AddressNotFound
