"""What accounts do."""

from __future__ import annotations

import logging
import secrets
from datetime import UTC, datetime, timedelta
from typing import final

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.accounts import (
    Account,
    Accounts,
    AddressId,
    EmailTaken,
    Identity,
    SavedAddress,
    Session,
    SessionNotFound,
    WrongCredentials,
)
from contracts.kit import Actor, Clock, Database, Role, Signer, current_actor
from contracts.values import AccountId, Address
from modules.accounts.attempts import Attempts
from modules.accounts.domain.passwords import check_password
from modules.accounts.domain.people import checked_email, granted
from modules.accounts.hashing import Passwords
from modules.accounts.settings import AccountsSettings
from modules.accounts.store import accounts, addresses, sessions

_log = logging.getLogger(__name__)

_DAY = 86_400
_PROLONG_EVERY = 3600
"""Seconds: a session in use is written at most so often, though it is read with every page."""


@final
class AccountsService(Accounts):
    """Accounts over their database; each operation is described by the contract."""

    def __init__(
        self,
        database: Database[AsyncSession],
        clock: Clock,
        signer: Signer,
        passwords: Passwords,
        attempts: Attempts,
        settings: AccountsSettings,
    ) -> None:
        self._database = database
        self._clock = clock
        self._signer = signer
        self._passwords = passwords
        self._attempts = attempts
        self._longest = settings.session_days * _DAY
        self._idle = settings.idle_days * _DAY
        self._assertion = settings.assertion_seconds
        self._operators = frozenset(settings.operators)

    async def register(self, email: str, password: str, name: str, source: str) -> Session:
        email = checked_email(email)
        check_password(password, email)
        async with self._database.write() as work:
            await self._attempts.to_register(work.session, source, self._now())
            taken = await accounts.credentials_by_email(work.session, email) is not None
        if taken:
            raise EmailTaken
        password_hash = await self._passwords.hash(password)
        account = Account(
            id=AccountId(secrets.token_hex(12)), email=email, name=name.strip(), roles=frozenset({Role.CUSTOMER})
        )
        async with self._database.write() as work:
            now = self._now()
            await accounts.add(work.session, account, password_hash, now)
            await self._attempts.registered(work.session, account.id, source, now)
            begun = await self._begin(work.session, account, now)
        _log.info("account %s was registered", account.id)
        return begun

    async def log_in(self, email: str, password: str, source: str) -> Session:
        async with self._database.write() as work:
            known = await accounts.credentials_by_email(work.session, email)
            await self._attempts.to_log_in(work.session, known and known.account.id, email, source, self._now())
        is_right = await self._passwords.verify(known and known.password_hash, password)
        if known is None or not is_right:
            raise WrongCredentials
        is_outdated = self._passwords.is_outdated(known.password_hash)
        renewed = await self._passwords.hash(password) if is_outdated else None
        async with self._database.write() as work:
            if not await accounts.is_current(work.session, known):
                raise WrongCredentials  # it was changed while this one was verified, which ended all sessions
            if renewed is not None:
                await accounts.renew_hash(work.session, known, renewed)
            now = self._now()
            await self._attempts.logged_in(work.session, known.account.id, email, source, now)
            return await self._begin(work.session, known.account, now)

    async def log_out(self, token: str) -> None:
        async with self._database.write() as work:
            await sessions.end(work.session, token)

    async def identify(self, token: str) -> Identity:
        now = self._now()
        async with self._database.read() as session:
            current = await sessions.find(session, token, now)
        if current is None:
            raise SessionNotFound
        ends = min(current.expires, now + self._idle)
        if ends - current.ends >= _PROLONG_EVERY:
            async with self._database.write() as work:
                await sessions.prolong(work.session, token, current.ends, ends)
        account = self._with_settings(current.account)
        lifetime = min(self._assertion, current.expires - now)
        assertion = self._signer.sign(Actor(id=account.id, roles=account.roles), timedelta(seconds=lifetime))
        return Identity(account=account, assertion=assertion, expires=_instant(now + lifetime))

    async def get_profile(self) -> Account:
        async with self._database.read() as session:
            return self._with_settings(await accounts.find(session, _me()))

    async def rename(self, name: str) -> Account:
        async with self._database.write() as work:
            return self._with_settings(await accounts.rename(work.session, _me(), name.strip()))

    async def change_password(self, current: str, new: str, token: str) -> None:
        async with self._database.write() as work:
            known = await accounts.credentials_of(work.session, _me())
            check_password(new, known.account.email)
            await self._attempts.to_change_password(work.session, known.account.id, self._now())
        if not await self._passwords.verify(known.password_hash, current):
            raise WrongCredentials
        password_hash = await self._passwords.hash(new)
        async with self._database.write() as work:
            if not await accounts.change_password(work.session, known, password_hash):
                raise WrongCredentials  # somebody else changed it meanwhile
            await sessions.end_others(work.session, known.account.id, token)
            await self._attempts.changed_password(work.session, known.account.id)

    async def list_addresses(self) -> tuple[SavedAddress, ...]:
        async with self._database.read() as session:
            return await addresses.book(session, _me())

    async def add_address(self, address: Address) -> SavedAddress:
        new = SavedAddress(id=AddressId(secrets.token_hex(8)), address=address)
        async with self._database.write() as work:
            return await addresses.add(work.session, _me(), new)

    async def remove_address(self, address_id: AddressId) -> None:
        async with self._database.write() as work:
            await addresses.remove(work.session, _me(), address_id)

    async def set_roles(self, account_id: AccountId, roles: frozenset[Role]) -> Account:
        async with self._database.write() as work:
            return self._with_settings(await accounts.set_roles(work.session, account_id, granted(roles)))

    async def _begin(self, session: AsyncSession, account: Account, now: int) -> Session:
        token = secrets.token_urlsafe(32)
        expires = now + self._longest
        await sessions.begin(session, token, account, min(expires, now + self._idle), expires)
        return Session(token=token, account=self._with_settings(account), expires=_instant(expires))

    def _with_settings(self, account: Account) -> Account:
        if account.id not in self._operators:
            return account
        return msgspec.structs.replace(account, roles=account.roles | {Role.STAFF, Role.OPERATOR})

    def _now(self) -> int:
        return int(self._clock.now().timestamp())


def _me() -> AccountId:
    return AccountId(current_actor().id)


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
