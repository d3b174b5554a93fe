"""Accounts in memory, to run and test others alone: nothing is hashed, and nothing lasts longer than the process."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import final

import msgspec

from contracts.accounts import (
    Account,
    AccountNotFound,
    Accounts,
    AddressBookFull,
    AddressId,
    AddressNotFound,
    EmailTaken,
    Identity,
    SavedAddress,
    Session,
    SessionNotFound,
    WrongCredentials,
)
from contracts.kit import Actor, Clock, Role, Signer, current_actor
from contracts.values import AccountId, Address
from modules.accounts.domain import throttles
from modules.accounts.domain.passwords import check_password, normalised
from modules.accounts.domain.people import checked_email, email_key, granted
from modules.accounts.domain.throttles import Failures
from modules.accounts.settings import AccountsSettings

MOST_ADDRESSES = 20


class _Person(msgspec.Struct):
    account: Account
    password: bytes
    book: list[SavedAddress] = []


@final
class FakeAccounts(Accounts):
    """Keeps passwords as they are. What proves who is asking is signed as ever, by the host's own `Signer`."""

    def __init__(self, clock: Clock, signer: Signer, settings: AccountsSettings) -> None:
        self._clock = clock
        self._signer = signer
        self._settings = settings
        self._people: dict[AccountId, _Person] = {}
        self._ids: dict[str, AccountId] = {}
        self._sessions: dict[str, tuple[AccountId, datetime]] = {}
        self._failures: dict[str, Failures] = {}
        self._buckets: dict[str, int] = {}

    async def register(self, email: str, password: str, name: str, source: str) -> Session:
        email = checked_email(email)
        check_password(password, email)
        self._pour(f"register {source}", self._settings.registrations_per_source)
        if email_key(email) in self._ids:
            raise EmailTaken
        account_id = AccountId(secrets.token_hex(12))
        account = Account(id=account_id, email=email, name=name.strip(), roles=granted(()))
        self._ids[email_key(email)] = account_id
        self._people[account_id] = _Person(account, normalised(password))
        return self._begin(account_id)

    async def log_in(self, email: str, password: str, source: str) -> Session:
        account_id = self._ids.get(email_key(email), AccountId(""))
        bucket = self._buckets.get(f"log in {source}", 0)
        self._pour(f"log in {source}", self._settings.failures_per_source)
        self._guess(f"log in {email_key(email)}", account_id, password)
        self._buckets[f"log in {source}"] = bucket
        return self._begin(account_id)

    async def log_out(self, token: str) -> None:
        self._sessions.pop(token, None)

    async def identify(self, token: str) -> Identity:
        account_id, expires = self._sessions.get(token, (None, None))
        now = self._clock.now()
        if account_id is None or expires is None or expires <= now:
            raise SessionNotFound
        account = self._account(account_id)
        lifetime = timedelta(seconds=self._settings.assertion_seconds)
        assertion = self._signer.sign(Actor(id=account.id, roles=account.roles), lifetime)
        return Identity(account=account, assertion=assertion, expires=now + lifetime)

    async def get_profile(self) -> Account:
        return self._account(_me())

    async def rename(self, name: str) -> Account:
        person = self._person(_me())
        person.account = msgspec.structs.replace(person.account, name=name.strip())
        return self._account(_me())

    async def change_password(self, current: str, new: str, token: str) -> None:
        person = self._person(_me())
        check_password(new, person.account.email)
        self._guess(f"change {_me()}", _me(), current)
        person.password = normalised(new)
        others = [each for each, (owner, _) in self._sessions.items() if owner == _me() and each != token]
        for each in others:
            del self._sessions[each]

    async def list_addresses(self) -> tuple[SavedAddress, ...]:
        return tuple(self._people[_me()].book) if _me() in self._people else ()

    async def add_address(self, address: Address) -> SavedAddress:
        book = self._person(_me()).book
        for saved in book:
            if saved.address == address:
                return saved
        if len(book) >= MOST_ADDRESSES:
            raise AddressBookFull
        book.append(SavedAddress(id=AddressId(secrets.token_hex(8)), address=address))
        return book[-1]

    async def remove_address(self, address_id: AddressId) -> None:
        for saved in await self.list_addresses():
            if saved.id == address_id:
                return self._people[_me()].book.remove(saved)
        raise AddressNotFound

    async def set_roles(self, account_id: AccountId, roles: frozenset[Role]) -> Account:
        person = self._person(account_id)
        person.account = msgspec.structs.replace(person.account, roles=granted(roles))
        return self._account(account_id)

    def _person(self, account_id: AccountId) -> _Person:
        if account_id not in self._people:
            raise AccountNotFound(account_id=account_id)
        return self._people[account_id]

    def _account(self, account_id: AccountId) -> Account:
        account = self._person(account_id).account
        if account_id not in self._settings.operators:
            return account
        return msgspec.structs.replace(account, roles=account.roles | {Role.STAFF, Role.OPERATOR})

    def _begin(self, account_id: AccountId) -> Session:
        token, expires = secrets.token_urlsafe(32), self._clock.now() + timedelta(days=self._settings.session_days)
        self._sessions[token] = account_id, expires
        return Session(token=token, account=self._account(account_id), expires=expires)

    def _guess(self, what: str, account_id: AccountId, password: str) -> None:
        """Compare a password; failures in a row slow down the next attempt."""
        free, longest = self._settings.failures_per_account, self._settings.longest_delay
        before = self._failures.get(what, Failures())
        after = throttles.strike(before, self._seconds(), free=free, longest=longest)
        if account_id not in self._people or self._people[account_id].password != normalised(password):
            self._failures[what] = after
            raise WrongCredentials
        self._failures.pop(what, None)

    def _pour(self, what: str, size: int) -> None:
        self._buckets[what] = throttles.pour(self._buckets.get(what, 0), self._seconds(), size=size)

    def _seconds(self) -> int:
        return int(self._clock.now().timestamp())


def _me() -> AccountId:
    return AccountId(current_actor().id)
