"""Logging in and out, and finding out who it is."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from argon2 import Parameters

from contracts.accounts import SessionNotFound, WrongCredentials
from contracts.kit import Actor
from tests.modules.accounts.desk import EMAIL, GOOD, HOME, Desk, statements


async def test_logging_in_takes_the_address_in_any_spelling(desk: Desk) -> None:
    registered = await desk.registered("Zoë@Example.org")
    session = await desk.accounts.log_in(" ZOE\u0308@example.ORG", GOOD, HOME)
    assert session.account == registered.account
    assert session.token != registered.token


async def test_the_password_counts_to_the_letter(desk: Desk) -> None:
    await desk.registered()
    for wrong in ("", GOOD.upper(), GOOD + " ", GOOD[:-1]):
        with pytest.raises(WrongCredentials):
            await desk.accounts.log_in(EMAIL, wrong, HOME)


async def test_an_unknown_address_costs_the_same_and_is_answered_the_same(
    desk: Desk, verified: list[Parameters]
) -> None:
    await desk.registered()
    told = []
    for number, email in enumerate((EMAIL, "nobody@example.org", "no address at all")):
        with statements() as each, pytest.raises(WrongCredentials):
            await desk.accounts.log_in(email, "a wrong password", f"203.0.113.{number}")
        told.append(each)
    assert verified == [verified[0]] * 3
    assert told == [told[0]] * 3
    assert told[0]


async def test_a_hash_made_with_other_parameters_is_renewed_at_log_in(desk: Desk, verified: list[Parameters]) -> None:
    await desk.registered()
    dearer = desk.with_settings(argon2_time_cost=2)
    for _ in range(2):
        await dearer.accounts.log_in(EMAIL, GOOD, HOME)
    assert [each.time_cost for each in verified] == [1, 2]


async def test_two_log_ins_at_once_renew_a_hash_and_both_succeed(desk: Desk) -> None:
    await desk.registered()
    dearer = desk.with_settings(argon2_time_cost=2)
    await asyncio.gather(*(dearer.accounts.log_in(EMAIL, GOOD, HOME) for _ in range(4)))
    assert await desk.rows("sessions") == 5


async def test_logging_out_ends_one_session_and_once_is_enough(desk: Desk) -> None:
    first = await desk.registered()
    second = await desk.accounts.log_in(EMAIL, GOOD, HOME)
    for token in (first.token, first.token, "unknown"):
        await desk.accounts.log_out(token)
    with pytest.raises(SessionNotFound):
        await desk.accounts.identify(first.token)
    assert (await desk.accounts.identify(second.token)).account == second.account


@pytest.mark.parametrize("token", ["", "unknown", "x" * 200])
async def test_an_unknown_token_is_nobodys(desk: Desk, token: str) -> None:
    await desk.registered()
    with pytest.raises(SessionNotFound):
        await desk.accounts.identify(token)


async def test_an_assertion_says_who_it_is_for_a_few_minutes(desk: Desk) -> None:
    session = await desk.registered()
    identity = await desk.accounts.identify(session.token)
    actor = Actor(id=session.account.id, roles=session.account.roles)
    assert desk.signer.signed == [(actor, timedelta(minutes=5))]
    assert identity.assertion == "assertion 1"
    assert identity.expires == desk.clock.now().replace(microsecond=0) + timedelta(minutes=5)


async def test_no_assertion_outlives_its_session(desk: Desk) -> None:
    desk = desk.with_settings(session_days=1)
    session = await desk.registered()
    desk.clock.advance(hours=23, minutes=59)
    assert (await desk.accounts.identify(session.token)).expires == session.expires
    assert desk.signer.signed[-1][1] == timedelta(minutes=1)


async def test_a_session_that_is_not_used_ends(desk: Desk) -> None:
    session = await desk.registered()
    desk.clock.advance(days=14, seconds=-1)
    await desk.accounts.identify(session.token)
    desk.clock.advance(days=14)
    with pytest.raises(SessionNotFound):
        await desk.accounts.identify(session.token)


async def test_a_session_ends_however_often_it_is_used(desk: Desk) -> None:
    session = await desk.registered()
    for _ in range(29):
        desk.clock.advance(days=1)
        await desk.accounts.identify(session.token)
    desk.clock.advance(days=1, seconds=-1)
    await desk.accounts.identify(session.token)
    desk.clock.advance(seconds=1)
    with pytest.raises(SessionNotFound):
        await desk.accounts.identify(session.token)


async def test_identifying_is_one_read(desk: Desk) -> None:
    session = await desk.registered()
    desk.clock.advance(minutes=59)
    with statements() as told:
        await desk.accounts.identify(session.token)
    assert [each.split()[0] for each in told] == ["SELECT"]


async def test_a_session_in_use_is_written_at_most_once_an_hour(desk: Desk) -> None:
    session = await desk.registered()
    for minutes, writes in ((61, 1), (1, 0), (58, 0), (1, 1)):
        desk.clock.advance(minutes=minutes)
        with statements() as told:
            await desk.accounts.identify(session.token)
        assert sum("UPDATE" in each for each in told) == writes


async def test_many_pages_at_once_keep_a_session_alive(desk: Desk) -> None:
    session = await desk.registered()
    desk.clock.advance(days=13)
    found = await asyncio.gather(*(desk.accounts.identify(session.token) for _ in range(20)))
    assert {each.account for each in found} == {session.account}
    desk.clock.advance(days=13)
    await desk.accounts.identify(session.token)
