"""What the contract of accounts promises of people, their sessions and their profiles."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime

import pytest

from contracts.accounts import (
    Account,
    AccountNotFound,
    Accounts,
    EmailTaken,
    InvalidEmail,
    SessionNotFound,
    TooManyAttempts,
    WeakPassword,
    WrongCredentials,
)
from contracts.kit import Conflict, InvalidArgument, PermissionDenied, Role, idempotency_key
from contracts.values import AccountId
from tests.conformance.people import OTHER, PASSWORD, actor_of, new_email, register
from tests.conformance.stage import Stage, fresh

MODULES = ("accounts",)

MOST = 100
"""Attempts after which everybody loses patience."""


@pytest.fixture
def accounts(stage: Stage) -> Iterator[Accounts]:
    """The accounts, called by a guest where nobody else acts."""
    with stage.acting(Role.GUEST):
        yield stage.contract(Accounts)


async def refused(attempt: Callable[[], Awaitable[object]]) -> TooManyAttempts:
    """Attempt something until that is too often."""
    for _ in range(MOST):
        try:
            await attempt()
        except WrongCredentials:
            pass
        except TooManyAttempts as refusal:
            return refusal
    raise AssertionError("nothing slows this down")


async def test_who_registers_is_a_customer_and_logged_in(accounts: Accounts) -> None:
    email = new_email()
    session = await register(accounts, email)
    roles = frozenset({Role.CUSTOMER})
    assert session.account == Account(id=session.account.id, email=email, name="Ada", roles=roles)
    assert session.expires > datetime.now(UTC)
    assert (await accounts.identify(session.token)).account == session.account
    another = await register(accounts)
    assert another.account.id != session.account.id
    assert another.token != session.token


async def test_an_email_address_is_taken_once_whatever_its_case(accounts: Accounts) -> None:
    email = new_email()
    session = await register(accounts, email)
    for spelling in (email, email.upper(), email.lower()):
        with pytest.raises(EmailTaken):
            await register(accounts, spelling)
        assert (await accounts.log_in(spelling, PASSWORD, fresh("source"))).account == session.account


@pytest.mark.parametrize("email", ["nobody", "@example.org", "ada@", "a b@example.org", "ada@exam ple.org", "a@b@c.de"])
async def test_what_is_no_email_address_is_refused(accounts: Accounts, email: str) -> None:
    with pytest.raises(InvalidEmail):
        await register(accounts, email)


async def test_a_weak_password_is_refused_with_the_reason(accounts: Accounts) -> None:
    email = new_email()
    for password in ("only 9 ch", "password1234", f"my {email}", "a" * 20):
        with pytest.raises(WeakPassword) as refusal:
            await accounts.register(email, password, "Ada", fresh("source"))
        assert refusal.value.reason
    await accounts.register(email, "quite 10ch", "Ada", fresh("source"))


async def test_it_is_not_said_which_of_email_and_password_is_wrong(accounts: Accounts) -> None:
    session = await register(accounts)
    for email, password in ((session.account.email, OTHER), (new_email(), PASSWORD)):
        with pytest.raises(WrongCredentials):
            await accounts.log_in(email, password, fresh("source"))


async def test_a_source_that_fails_often_has_to_wait(accounts: Accounts) -> None:
    source = fresh("source")
    assert (await refused(lambda: accounts.log_in(new_email(), PASSWORD, source))).retry_after >= 1
    source = fresh("source")
    assert (await refused(lambda: accounts.register(new_email(), PASSWORD, "Ada", source))).retry_after >= 1


async def test_who_succeeds_may_do_so_often(accounts: Accounts) -> None:
    email, source = (await register(accounts)).account.email, fresh("source")
    for _ in range(30):
        assert (await accounts.log_in(email, PASSWORD, source)).account.email == email


async def test_an_account_that_is_guessed_at_makes_everybody_wait(stage: Stage, accounts: Accounts) -> None:
    session = await register(accounts)
    email = session.account.email
    assert (await refused(lambda: accounts.log_in(email, OTHER, fresh("source")))).retry_after >= 1
    with stage.acting(actor_of(session)):
        refusal = await refused(lambda: accounts.change_password(OTHER, PASSWORD, session.token))
    assert refusal.retry_after >= 1


async def test_who_has_waited_may_try_again(stage: Stage, accounts: Accounts) -> None:
    email = (await register(accounts)).account.email
    refusal = await refused(lambda: accounts.log_in(email, OTHER, fresh("source")))
    with pytest.raises(TooManyAttempts):
        await accounts.log_in(email, PASSWORD, fresh("source"))
    stage.wait(seconds=refusal.retry_after)
    assert (await accounts.log_in(email, PASSWORD, fresh("source"))).account.email == email


async def test_a_log_out_ends_one_session(accounts: Accounts) -> None:
    session = await register(accounts)
    other = await accounts.log_in(session.account.email, PASSWORD, fresh("source"))
    for token in (session.token, session.token, fresh("token")):
        await accounts.log_out(token)
    with pytest.raises(SessionNotFound):
        await accounts.identify(session.token)
    assert (await accounts.identify(other.token)).account == session.account


@pytest.mark.parametrize("token", ["", "unheard of"])
async def test_an_unknown_token_is_nobodys(accounts: Accounts, token: str) -> None:
    with pytest.raises(SessionNotFound):
        await accounts.identify(token)


async def test_a_session_that_is_used_goes_on(stage: Stage, accounts: Accounts) -> None:
    session = await register(accounts)
    for _ in range(3):
        stage.wait(days=7)
        assert (await accounts.identify(session.token)).account == session.account


async def test_a_session_ends_when_it_said(stage: Stage, accounts: Accounts) -> None:
    session = await register(accounts)
    stage.wait(seconds=(session.expires - datetime.now(UTC)).total_seconds())
    with pytest.raises(SessionNotFound):
        await accounts.identify(session.token)


async def test_an_assertion_proves_who_is_asking(stage: Stage, accounts: Accounts) -> None:
    session = await register(accounts)
    identity = await accounts.identify(session.token)
    assert identity.account == session.account
    assert identity.expires > datetime.now(UTC)
    with stage.acting(identity.assertion) as actor:
        assert actor == actor_of(session)
        assert await accounts.get_profile() == session.account


async def test_whoever_has_no_account_is_told(stage: Stage, accounts: Accounts) -> None:
    with stage.acting(Role.CUSTOMER) as nobody:
        for call in (
            accounts.get_profile,
            lambda: accounts.rename("Ada"),
            lambda: accounts.change_password(PASSWORD, OTHER, ""),
        ):
            with pytest.raises(AccountNotFound) as missing:
                await call()
            assert missing.value == AccountNotFound(account_id=AccountId(nobody.id))


async def test_a_name_is_changed_once_a_key(stage: Stage, accounts: Accounts) -> None:
    session = await register(accounts)
    with stage.acting(actor_of(session)):
        with idempotency_key(fresh("key")):
            renamed = await accounts.rename("Augusta Ada")
            assert (renamed.id, renamed.name) == (session.account.id, "Augusta Ada")
            assert await accounts.rename("Augusta Ada") == renamed
            with pytest.raises(Conflict):
                await accounts.rename("Somebody else")
        assert await accounts.get_profile() == renamed
    assert (await accounts.identify(session.token)).account == renamed


async def test_a_new_password_ends_all_other_sessions(stage: Stage, accounts: Accounts) -> None:
    session = await register(accounts)
    email, mine = session.account.email, actor_of(session)
    other = await accounts.log_in(email, PASSWORD, fresh("source"))
    with stage.acting(mine):
        with pytest.raises(WrongCredentials):
            await accounts.change_password(OTHER, OTHER, session.token)
        with pytest.raises(WeakPassword):
            await accounts.change_password(PASSWORD, "short", session.token)
        assert (await accounts.identify(other.token)).account == session.account
        await accounts.change_password(PASSWORD, OTHER, session.token)
    assert (await accounts.identify(session.token)).account == session.account
    with pytest.raises(SessionNotFound):
        await accounts.identify(other.token)
    with pytest.raises(WrongCredentials):
        await accounts.log_in(email, PASSWORD, fresh("source"))
    assert (await accounts.log_in(email, OTHER, fresh("source"))).account == session.account


async def test_operators_give_roles_and_everybody_stays_a_customer(stage: Stage, accounts: Accounts) -> None:
    session = await register(accounts)
    account_id = session.account.id
    for roles in (frozenset(Role), frozenset({Role.STAFF}), frozenset[Role]()):
        with stage.acting(Role.OPERATOR):
            changed = await accounts.set_roles(account_id, roles)
        assert changed.roles == (roles | {Role.CUSTOMER}) - {Role.GUEST, Role.SYSTEM}
        identity = await accounts.identify(session.token)
        assert identity.account == changed
        with stage.acting(identity.assertion) as actor:
            assert actor.roles == changed.roles
    with stage.acting(Role.OPERATOR), pytest.raises(AccountNotFound) as missing:
        await accounts.set_roles(AccountId("nobody"), frozenset())
    assert missing.value == AccountNotFound(account_id=AccountId("nobody"))


async def test_who_may_do_what(stage: Stage, accounts: Accounts) -> None:
    for call in (accounts.get_profile, lambda: accounts.rename("Eve"), lambda: accounts.change_password("", "", "")):
        with pytest.raises(PermissionDenied):
            await call()
    account_id = (await register(accounts)).account.id
    for role in (Role.GUEST, Role.CUSTOMER, Role.STAFF):
        with stage.acting(role), pytest.raises(PermissionDenied):
            await accounts.set_roles(account_id, frozenset({Role.OPERATOR}))
    with stage.acting(Role.SYSTEM):
        assert (await accounts.set_roles(account_id, frozenset())).roles == {Role.CUSTOMER}


async def test_what_comes_in_has_bounds(stage: Stage, accounts: Accounts) -> None:
    email, source = new_email(), fresh("source")
    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: accounts.register("a@", PASSWORD, "Ada", source),
        lambda: accounts.register("a" * 255, PASSWORD, "Ada", source),
        lambda: accounts.register(email, "p" * 201, "Ada", source),
        lambda: accounts.register(email, PASSWORD, "Ada", "s" * 101),
        lambda: accounts.log_in(email, "p" * 201, source),
        lambda: accounts.log_out("t" * 201),
        lambda: accounts.identify("t" * 201),
        *(lambda name=name: accounts.rename(name) for name in ("", "  ", "Ada\n", "A\x00da", "a" * 121)),
    ]
    with stage.acting(actor_of(await register(accounts))):
        for call in calls:
            with pytest.raises(InvalidArgument):
                await call()
