"""Guessing is slowed down; owners are not locked out."""

from __future__ import annotations

import asyncio

import pytest
from argon2 import Parameters

from contracts.accounts import Session, TooManyAttempts, WrongCredentials
from tests.modules.accounts.desk import EMAIL, GOOD, HOME, Desk


async def wrong(desk: Desk, source: str, email: str = EMAIL) -> int | None:
    """Guess wrongly; return for how long to wait if the guess was not admitted."""
    try:
        await desk.accounts.log_in(email, "a wrong password", source)
    except WrongCredentials:
        return None
    except TooManyAttempts as refusal:
        return refusal.retry_after
    raise AssertionError("the guess was right")


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.org"])
async def test_failures_from_anywhere_delay_an_account_known_or_not(desk: Desk, email: str) -> None:
    await desk.registered()
    waits = []
    for number in range(20):
        assert await wrong(desk, f"203.0.113.{number}", email) is None
        wait = await wrong(desk, "198.51.100.1", email) if number >= 5 else None
        waits.append(wait)
        desk.clock.advance(seconds=wait or 0)
    assert waits == [None] * 5 + [1, 2, 4, 8, 16, 32, 64, 128, 256, 512] + [900] * 5


async def test_refused_guesses_prolong_nothing(desk: Desk) -> None:
    await desk.registered()
    for number in range(6):
        await wrong(desk, f"203.0.113.{number}")
    for _ in range(50):
        assert await wrong(desk, "198.51.100.1") == 1
    desk.clock.advance(seconds=1)
    assert isinstance(await desk.accounts.log_in(EMAIL, GOOD, "198.51.100.1"), Session)


async def test_refused_guesses_cost_no_hash(desk: Desk, verified: list[Parameters]) -> None:
    await desk.registered()
    for number in range(30):
        await wrong(desk, f"203.0.113.{number}")
    assert len(verified) == 6


async def test_a_success_forgives_the_account(desk: Desk) -> None:
    await desk.registered()
    for _ in range(3):
        for number in range(5):
            assert await wrong(desk, f"203.0.113.{number}") is None
        await desk.accounts.log_in(EMAIL, GOOD, "198.51.100.1")


async def test_an_owner_gets_in_from_a_known_source_whatever_others_do(desk: Desk) -> None:
    await desk.registered(source=HOME)
    for number in range(6):
        await wrong(desk, f"203.0.113.{number}")
    assert await wrong(desk, "198.51.100.1") == 1
    assert isinstance(await desk.accounts.log_in(EMAIL, GOOD, HOME), Session)


async def test_a_source_that_is_known_for_one_account_is_not_for_another(desk: Desk) -> None:
    await desk.registered(source=HOME)
    await desk.registered("bob@example.org", source="198.51.100.1")
    for number in range(6):
        await wrong(desk, f"203.0.113.{number}")
    assert await wrong(desk, "198.51.100.1") == 1


async def test_a_known_source_has_its_bucket_only(desk: Desk) -> None:
    await desk.registered(source=HOME)
    assert [await wrong(desk, HOME) for _ in range(20)] == [None] * 20
    assert await wrong(desk, HOME) == 180
    assert await wrong(desk, "203.0.113.5") is None


async def test_a_source_has_twenty_failures_and_then_one_in_three_minutes(desk: Desk) -> None:
    emails = [f"customer{number}@example.org" for number in range(21)]
    assert [await wrong(desk, HOME, email) for email in emails] == [None] * 20 + [180]
    desk.clock.advance(seconds=179)
    assert await wrong(desk, HOME) == 1
    desk.clock.advance(seconds=1)
    assert await wrong(desk, HOME) is None
    assert await wrong(desk, HOME) == 180


async def test_what_succeeds_is_taken_out_of_the_bucket_again_and_nothing_else(desk: Desk) -> None:
    await desk.registered(source=HOME)
    for number in range(19):
        await wrong(desk, HOME, f"customer{number}@example.org")
    for _ in range(3):
        await desk.accounts.log_in(EMAIL, GOOD, HOME)
    assert await wrong(desk, HOME) is None
    assert await wrong(desk, HOME) == 180


async def test_the_addresses_of_one_network_are_one_source(desk: Desk) -> None:
    for number in range(20):
        await wrong(desk, f"2001:db8:1:2::{number:x}", f"customer{number}@example.org")
    assert await wrong(desk, "2001:db8:1:2:ffff::1") == 180
    assert await wrong(desk, "2001:db8:1:3::1") is None


async def test_many_guesses_at_once_are_not_let_through(desk: Desk, verified: list[Parameters]) -> None:
    await desk.registered()
    results = await asyncio.gather(*(wrong(desk, f"203.0.113.{number}") for number in range(40)))
    assert results.count(None) == len(verified) == 6
    await asyncio.gather(*(wrong(desk, "198.51.100.1", f"customer{number}@example.org") for number in range(40)))
    assert len(verified) == 26


async def test_two_instances_count_together(desk: Desk) -> None:
    other = desk.with_settings()
    for number in range(3):
        await wrong(desk, f"203.0.113.{number}")
        await wrong(other, f"198.51.100.{number}")
    assert await wrong(desk, "192.0.2.99") == await wrong(other, "192.0.2.98") == 1
