"""Profiles, passwords, address books and roles."""

from __future__ import annotations

import asyncio

import pytest

from contracts.accounts import (
    AccountNotFound,
    AddressBookFull,
    AddressId,
    AddressNotFound,
    SessionNotFound,
    TooManyAttempts,
    WeakPassword,
    WrongCredentials,
)
from contracts.kit import Role
from contracts.values import AccountId, Address
from tests.modules.accounts.desk import EMAIL, GOOD, HOME, Desk, acting

NEW = "a much better password"


def address(number: int = 1) -> Address:
    return Address(name="Ada", street=f"Main Street {number}", postal_code="12345", city="Town", country="DE")


async def test_a_person_sees_and_changes_the_own_name(desk: Desk) -> None:
    session = await desk.registered()
    with desk.acting(session):
        assert await desk.accounts.get_profile() == session.account
        assert (await desk.accounts.rename(" Countess Lovelace ")).name == "Countess Lovelace"
    assert (await desk.accounts.identify(session.token)).account.name == "Countess Lovelace"


async def test_who_has_no_account_has_no_profile(desk: Desk) -> None:
    with acting("orders", Role.SYSTEM):
        for call in (desk.accounts.get_profile(), desk.accounts.rename("Orders"), desk.accounts.add_address(address())):
            with pytest.raises(AccountNotFound):
                await call
        with pytest.raises(AccountNotFound):
            await desk.accounts.change_password(GOOD, NEW, "")


async def test_a_new_password_replaces_the_old_one_and_ends_other_sessions(desk: Desk) -> None:
    session = await desk.registered()
    other = await desk.accounts.log_in(EMAIL, GOOD, HOME)
    stranger = await desk.registered("bob@example.org")
    with desk.acting(session):
        await desk.accounts.change_password(GOOD, NEW, session.token)
    await desk.accounts.identify(session.token)
    await desk.accounts.identify(stranger.token)
    with pytest.raises(SessionNotFound):
        await desk.accounts.identify(other.token)
    with pytest.raises(WrongCredentials):
        await desk.accounts.log_in(EMAIL, GOOD, HOME)
    await desk.accounts.log_in(EMAIL, NEW, HOME)


async def test_a_token_of_somebody_else_keeps_none_of_the_own_sessions(desk: Desk) -> None:
    session, stranger = await desk.registered(), await desk.registered("bob@example.org")
    with desk.acting(session):
        await desk.accounts.change_password(GOOD, NEW, stranger.token)
    with pytest.raises(SessionNotFound):
        await desk.accounts.identify(session.token)
    await desk.accounts.identify(stranger.token)


async def test_changing_a_password_takes_the_present_one_and_a_good_new_one(desk: Desk) -> None:
    session = await desk.registered()
    with desk.acting(session):
        with pytest.raises(WrongCredentials):
            await desk.accounts.change_password("a wrong password", NEW, session.token)
        with pytest.raises(WeakPassword):
            await desk.accounts.change_password(GOOD, "short", session.token)
    await desk.accounts.log_in(EMAIL, GOOD, HOME)


async def test_guessing_the_present_password_is_slowed_down_apart_from_log_ins(desk: Desk) -> None:
    session = await desk.registered()
    with desk.acting(session):
        for _ in range(6):
            with pytest.raises(WrongCredentials):
                await desk.accounts.change_password("a wrong password", NEW, session.token)
        with pytest.raises(TooManyAttempts) as refusal:
            await desk.accounts.change_password(GOOD, NEW, session.token)
        assert refusal.value.retry_after == 1
        await desk.accounts.log_in(EMAIL, GOOD, "203.0.113.5")
        bob = await desk.registered("bob@example.org")
        with desk.acting(bob):
            await desk.accounts.change_password(GOOD, NEW, bob.token)
        desk.clock.advance(seconds=1)
        await desk.accounts.change_password(GOOD, NEW, session.token)


async def test_a_log_in_with_the_old_password_does_not_survive_a_change_made_meanwhile(desk: Desk) -> None:
    session = await desk.registered()

    async def change() -> None:
        with desk.acting(session):
            await desk.accounts.change_password(GOOD, NEW, session.token)

    desk.threads.meanwhile = change
    with pytest.raises(WrongCredentials):
        await desk.accounts.log_in(EMAIL, GOOD, HOME)
    assert await desk.rows("sessions") == 1


async def test_of_two_changes_at_once_one_wins(desk: Desk) -> None:
    session = await desk.registered()

    async def change() -> None:
        await desk.accounts.change_password(GOOD, NEW, session.token)

    desk.threads.meanwhile = change
    with desk.acting(session), pytest.raises(WrongCredentials):
        await desk.accounts.change_password(GOOD, "the loser's password", session.token)
    await desk.accounts.log_in(EMAIL, NEW, HOME)


async def test_a_new_password_makes_known_sources_unknown(desk: Desk) -> None:
    session = await desk.registered(source=HOME)
    with desk.acting(session):
        await desk.accounts.change_password(GOOD, NEW, session.token)
    assert await desk.rows("known_sources") == 0


async def test_an_address_book_keeps_its_order_and_no_doubles(desk: Desk) -> None:
    with desk.acting(await desk.registered()):
        first = await desk.accounts.add_address(address(1))
        second = await desk.accounts.add_address(address(2))
        assert await desk.accounts.add_address(address(1)) == first
        assert await desk.accounts.list_addresses() == (first, second)
        await desk.accounts.remove_address(first.id)
        assert await desk.accounts.list_addresses() == (second,)


async def test_an_address_book_takes_twenty_even_at_once(desk: Desk) -> None:
    with desk.acting(await desk.registered()):
        added = await asyncio.gather(
            *(desk.accounts.add_address(address(number)) for number in range(25)), return_exceptions=True
        )
        assert sum(isinstance(each, AddressBookFull) for each in added) == 5
        book = await desk.accounts.list_addresses()
        assert len(book) == 20
        assert await desk.accounts.add_address(book[7].address) == book[7]


async def test_anothers_address_is_as_if_it_did_not_exist(desk: Desk) -> None:
    ada, bob = await desk.registered(), await desk.registered("bob@example.org")
    with desk.acting(ada):
        saved = await desk.accounts.add_address(address())
    with desk.acting(bob):
        assert await desk.accounts.list_addresses() == ()
        for address_id in (saved.id, AddressId("unknown")):
            with pytest.raises(AddressNotFound):
                await desk.accounts.remove_address(address_id)
    with desk.acting(ada):
        assert await desk.accounts.list_addresses() == (saved,)


async def test_roles_are_set_and_count_at_the_next_identify(desk: Desk) -> None:
    session = await desk.registered()
    with acting("boss", Role.OPERATOR):
        given = await desk.accounts.set_roles(session.account.id, frozenset({Role.STAFF, Role.SYSTEM, Role.GUEST}))
    assert given.roles == {Role.CUSTOMER, Role.STAFF}
    await desk.accounts.identify(session.token)
    assert desk.signer.signed[-1][0].roles == {Role.CUSTOMER, Role.STAFF}
    with acting("boss", Role.OPERATOR):
        assert (await desk.accounts.set_roles(session.account.id, frozenset())).roles == {Role.CUSTOMER}


async def test_roles_take_an_account(desk: Desk) -> None:
    with acting("boss", Role.OPERATOR), pytest.raises(AccountNotFound):
        await desk.accounts.set_roles(AccountId("unknown"), frozenset({Role.STAFF}))


async def test_the_settings_make_the_first_operator(desk: Desk) -> None:
    session = await desk.registered()
    desk = desk.with_settings(operators=(session.account.id,))
    everything = {Role.CUSTOMER, Role.STAFF, Role.OPERATOR}
    assert (await desk.accounts.identify(session.token)).account.roles == everything
    assert desk.signer.signed[-1][0].roles == everything
    assert (await desk.accounts.log_in(EMAIL, GOOD, HOME)).account.roles == everything
    bob = await desk.registered("bob@example.org")
    assert bob.account.roles == {Role.CUSTOMER}
