"""Registering."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest

from contracts.accounts import EmailTaken, InvalidEmail, Session, TooManyAttempts, WeakPassword
from contracts.kit import Role
from tests.modules.accounts.desk import EMAIL, GOOD, HOME, Desk
from tests.modules.doubles import stored


async def test_registering_makes_a_customer_and_begins_a_session(desk: Desk) -> None:
    session = await desk.accounts.register(" Ada@Example.org ", GOOD, " Ada Lovelace ", HOME)
    assert session.account.email == "Ada@Example.org"
    assert session.account.name == "Ada Lovelace"
    assert session.account.roles == {Role.CUSTOMER}
    assert session.expires == desk.clock.now().replace(microsecond=0) + timedelta(days=30)
    assert (await desk.accounts.identify(session.token)).account == session.account


async def test_an_address_counts_once_whatever_its_case(desk: Desk) -> None:
    await desk.registered("ada@example.org")
    with pytest.raises(EmailTaken):
        await desk.registered("ADA@example.ORG")


async def test_of_many_registrations_of_one_address_at_once_one_wins(desk: Desk) -> None:
    results = await asyncio.gather(*(desk.registered() for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(each, Session) for each in results) == 1
    assert sum(isinstance(each, EmailTaken) for each in results) == 7
    assert await desk.rows("accounts") == await desk.rows("sessions") == 1


async def test_a_registration_overtaken_while_it_hashes_is_refused(desk: Desk) -> None:
    desk.threads.meanwhile = desk.registered
    with pytest.raises(EmailTaken):
        await desk.accounts.register(EMAIL, "another good password", "Eve", HOME)
    assert (await desk.accounts.log_in(EMAIL, GOOD, HOME)).account.name == "Ada"


async def test_what_is_refused_leaves_nothing_behind(desk: Desk) -> None:
    with pytest.raises(InvalidEmail):
        await desk.registered("ada@example")
    with pytest.raises(WeakPassword):
        await desk.registered(password="ada@example.org!")
    for table in ("accounts", "sessions", "buckets"):
        assert await desk.rows(table) == 0


async def test_a_source_registers_so_many_an_hour(desk: Desk) -> None:
    desk = desk.with_settings(registrations_per_source=3)
    for number in range(3):
        await desk.registered(f"customer{number}@example.org")
    with pytest.raises(TooManyAttempts) as refusal:
        await desk.registered("customer3@example.org")
    assert refusal.value.retry_after == 1200
    await desk.registered("elsewhere@example.org", source="198.51.100.7")
    desk.clock.advance(seconds=1200)
    await desk.registered("customer3@example.org")


async def test_asking_which_addresses_are_taken_is_throttled_too(desk: Desk) -> None:
    desk = desk.with_settings(registrations_per_source=3)
    await desk.registered()
    for _ in range(2):
        with pytest.raises(EmailTaken):
            await desk.registered()
    with pytest.raises(TooManyAttempts):
        await desk.registered()


async def test_no_secret_is_logged_or_shown_or_stored(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        registered = await desk.registered()
        session = await desk.accounts.log_in(EMAIL, GOOD, HOME)
        identity = await desk.accounts.identify(session.token)
    kept = stored(desk.database)
    for secret in (GOOD, registered.token, session.token):
        assert secret not in caplog.text + repr(session) + repr(registered) + repr(identity)
        assert secret.encode() not in kept
    assert identity.assertion not in repr(identity)


async def test_the_log_tells_the_new_accounts_id(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="modules.accounts"):
        session = await desk.registered()
    assert f"account {session.account.id} was registered" in caplog.messages
