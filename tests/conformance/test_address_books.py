"""What the contract of accounts promises of address books."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import NamedTuple

import msgspec
import pytest
import pytest_asyncio

from contracts.accounts import AccountNotFound, Accounts, AddressBookFull, AddressId, AddressNotFound
from contracts.kit import Actor, Conflict, PermissionDenied, Role, idempotency_key
from contracts.values import AccountId, Address
from tests.conformance.people import actor_of, register
from tests.conformance.stage import Stage, fresh

MODULES = ("accounts",)

HOME = Address(name="Ada", street="Main Street 1", postal_code="10115", city="Berlin", country="DE")
WORK = msgspec.structs.replace(HOME, street="Analytical Way 2")


class Owner(NamedTuple):
    """The accounts, called by somebody with an empty address book."""

    accounts: Accounts
    actor: Actor


@pytest_asyncio.fixture(loop_scope="session")
async def ada(stage: Stage) -> AsyncIterator[Owner]:
    """Ada, who acts unless a test says otherwise."""
    accounts = stage.contract(Accounts)
    actor = actor_of(await register(accounts))
    with stage.acting(actor):
        yield Owner(accounts, actor)


async def test_a_book_has_the_oldest_first_and_nothing_twice(ada: Owner) -> None:
    assert await ada.accounts.list_addresses() == ()
    home = await ada.accounts.add_address(HOME)
    work = await ada.accounts.add_address(WORK)
    assert (home.address, work.address) == (HOME, WORK)
    assert home.id != work.id
    assert await ada.accounts.add_address(HOME) == home
    assert await ada.accounts.list_addresses() == (home, work)


async def test_what_is_removed_is_gone(ada: Owner) -> None:
    home, work = await ada.accounts.add_address(HOME), await ada.accounts.add_address(WORK)
    await ada.accounts.remove_address(home.id)
    assert await ada.accounts.list_addresses() == (work,)
    for unknown in (home.id, AddressId("unheard of")):
        with pytest.raises(AddressNotFound):
            await ada.accounts.remove_address(unknown)
    again = await ada.accounts.add_address(HOME)
    assert await ada.accounts.list_addresses() == (work, again)


async def test_a_book_is_its_owners_alone(ada: Owner, stage: Stage) -> None:
    home = await ada.accounts.add_address(HOME)
    for role in (Role.CUSTOMER, Role.STAFF, Role.OPERATOR, Role.SYSTEM):
        with stage.acting(role):
            assert await ada.accounts.list_addresses() == ()
            with pytest.raises(AddressNotFound):
                await ada.accounts.remove_address(home.id)
    assert await ada.accounts.list_addresses() == (home,)


async def test_a_book_holds_twenty(ada: Owner) -> None:
    saved = [await ada.accounts.add_address(msgspec.structs.replace(HOME, city=f"City {n}")) for n in range(20)]
    with pytest.raises(AddressBookFull):
        await ada.accounts.add_address(HOME)
    assert await ada.accounts.add_address(saved[7].address) == saved[7]
    await ada.accounts.remove_address(saved[0].id)
    assert (await ada.accounts.add_address(HOME)).address == HOME


async def test_under_a_key_the_first_answer_is_given_again(ada: Owner) -> None:
    with idempotency_key(fresh("key")):
        home = await ada.accounts.add_address(HOME)
        await ada.accounts.remove_address(home.id)
        assert await ada.accounts.add_address(HOME) == home
        await ada.accounts.remove_address(home.id)
        with pytest.raises(Conflict):
            await ada.accounts.add_address(WORK)
        with pytest.raises(Conflict):
            await ada.accounts.remove_address(AddressId("another"))
    assert await ada.accounts.list_addresses() == ()


async def test_a_refusal_is_given_again_under_its_key(ada: Owner) -> None:
    with idempotency_key(fresh("key")):
        for _ in range(2):
            with pytest.raises(AddressNotFound):
                await ada.accounts.remove_address(AddressId("unheard of"))


async def test_who_has_no_account_has_no_book(ada: Owner, stage: Stage) -> None:
    with stage.acting(Role.CUSTOMER) as nobody, pytest.raises(AccountNotFound) as missing:
        await ada.accounts.add_address(HOME)
    assert missing.value == AccountNotFound(account_id=AccountId(nobody.id))
    with stage.acting(Role.GUEST):
        for call in (
            ada.accounts.list_addresses,
            lambda: ada.accounts.add_address(HOME),
            lambda: ada.accounts.remove_address(AddressId("")),
        ):
            with pytest.raises(PermissionDenied):
                await call()
