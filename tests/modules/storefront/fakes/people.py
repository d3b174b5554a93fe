"""Accounts in memory, and acting on behalf of one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Never, final

import msgspec

from contracts.accounts import (
    Account,
    Accounts,
    AddressBookFull,
    AddressId,
    AddressNotFound,
    EmailTaken,
    Identity,
    InvalidEmail,
    SavedAddress,
    Session,
    SessionNotFound,
    WeakPassword,
    WrongCredentials,
)
from contracts.kit import Acting, Actor, Context, PermissionDenied, Role
from contracts.kit.context import scope
from contracts.values import AccountId, Address
from tests.modules.storefront.fakes.breakable import Breakable, actor_id

_CUSTOMER = frozenset({Role.CUSTOMER})


@final
class FakeAccounts(Breakable, Accounts):
    """Keeps passwords as they are; a token is the account's id and a number."""

    def __init__(self) -> None:
        super().__init__()
        self.accounts: dict[str, Account] = {}
        self.passwords: dict[str, str] = {}
        self.sessions: dict[str, str] = {}
        self.books: dict[str, list[SavedAddress]] = {}

    async def register(self, email: str, password: str, name: str, source: str) -> Session:
        self.enter("register")
        if "@" not in email:
            raise InvalidEmail
        if any(account.email == email.lower() for account in self.accounts.values()):
            raise EmailTaken
        self._check(password)
        account = Account(id=AccountId(f"a{len(self.accounts) + 1}"), email=email.lower(), name=name, roles=_CUSTOMER)
        self.accounts[account.id] = account
        self.passwords[account.id] = password
        return self._begin(account)

    async def log_in(self, email: str, password: str, source: str) -> Session:
        self.enter("log_in")
        for account in self.accounts.values():
            if account.email == email.lower() and self.passwords[account.id] == password:
                return self._begin(account)
        raise WrongCredentials

    async def log_out(self, token: str) -> None:
        self.enter("log_out")
        self.sessions.pop(token, None)

    async def identify(self, token: str) -> Identity:
        self.enter("identify")
        if token not in self.sessions:
            raise SessionNotFound
        account = self.accounts[self.sessions[token]]
        return Identity(account=account, assertion=account.id, expires=datetime.now(UTC) + timedelta(minutes=5))

    async def get_profile(self) -> Account:
        self.enter("get_profile")
        return self.accounts[self._me()]

    async def rename(self, name: str) -> Account:
        self.enter("rename")
        me = self._me()
        self.accounts[me] = msgspec.structs.replace(self.accounts[me], name=name)
        return self.accounts[me]

    async def change_password(self, current: str, new: str, token: str) -> None:
        self.enter("change_password")
        if self.passwords[self._me()] != current:
            raise WrongCredentials
        self._check(new)
        self.passwords[self._me()] = new

    async def list_addresses(self) -> tuple[SavedAddress, ...]:
        self.enter("list_addresses")
        return tuple(self.books.get(self._me(), []))

    async def add_address(self, address: Address) -> SavedAddress:
        self.enter("add_address")
        book = self.books.setdefault(self._me(), [])
        for saved in book:
            if saved.address == address:
                return saved
        if len(book) >= 20:
            raise AddressBookFull
        book.append(SavedAddress(id=AddressId(f"{self._me()}-{len(book)}"), address=address))
        return book[-1]

    async def remove_address(self, address_id: AddressId) -> None:
        self.enter("remove_address")
        book = self.books.get(self._me(), [])
        if all(saved.id != address_id for saved in book):
            raise AddressNotFound
        self.books[self._me()] = [saved for saved in book if saved.id != address_id]

    async def set_roles(self, account_id: AccountId, roles: frozenset[Role]) -> Account:
        self._refuse()

    def _begin(self, account: Account) -> Session:
        token = f"{account.id}-session-{len(self.sessions)}"
        self.sessions[token] = account.id
        return Session(token=token, account=account, expires=datetime.now(UTC) + timedelta(days=30))

    def _check(self, password: str) -> None:
        if len(password) < 10:
            raise WeakPassword(reason="it has fewer than 10 characters")

    def _me(self) -> str:
        return actor_id() or self._refuse()

    def _refuse(self) -> Never:
        raise PermissionDenied(operation="accounts.v1")


class FakeActing(Acting):
    """Takes an account's id for an assertion."""

    def __init__(self) -> None:
        self.refuses = False

    @contextmanager
    def acting(self, assertion: str) -> Iterator[Actor]:
        if self.refuses:
            raise PermissionDenied(operation="acting")
        actor = Actor(id=assertion, roles=_CUSTOMER)
        with scope(context=Context(actor=actor, assertion=assertion)):
            yield actor
