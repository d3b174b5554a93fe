"""Throttling: how often somebody may guess, or register.

Every attempt counts as a failure from before its password is looked at until it has succeeded: a thousand
at once are not let through because none has failed yet. Two things are counted:

- what a source does, in a leaky bucket: 20 failures at once, then one every three minutes (by default);
- an account's failures in a row, whoever causes them and whether or not it exists: after 5 the next has
  to wait for 1 second, then 2, 4, … 15 minutes. A success ends this, and so does a quiet day.

Nobody is locked out for good: delays end by themselves, refused attempts do not prolong them, and a source
from which the owner logged in before is asked for its bucket only, so that the owner gets in there even
while others keep the account's delay at its longest.
"""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.values import AccountId
from modules.accounts.domain.people import email_key
from modules.accounts.domain.throttles import source_name
from modules.accounts.settings import AccountsSettings
from modules.accounts.store import throttles
from modules.accounts.store.throttles import key_of


class Attempts:
    """Admits attempts, each in its caller's write transaction, or raises `TooManyAttempts`."""

    def __init__(self, settings: AccountsSettings) -> None:
        self._settings = settings

    async def to_register(self, session: AsyncSession, source: str, now: int) -> None:
        """Admit one registration from a source; they all count, for each costs as much as a guess."""
        key = key_of("registrations", source_name(source))
        await throttles.pour(session, key, now, size=self._settings.registrations_per_source)

    async def to_log_in(
        self, session: AsyncSession, account_id: AccountId | None, email: str, source: str, now: int
    ) -> None:
        """Admit one guess at the password that belongs to an e-mail address; unknown ones are treated alike."""
        source = source_name(source)
        await throttles.pour(session, key_of("log-ins", source), now, size=self._settings.failures_per_source)
        if not await throttles.is_known(session, account_id or "", key_of("source", source)):
            await self._strike(session, key_of("e-mail", email_key(email)), now)

    async def logged_in(self, session: AsyncSession, account_id: AccountId, email: str, source: str, now: int) -> None:
        """Note that an admitted guess was right: it counts no longer, nor do the account's failures before it."""
        source = source_name(source)
        await throttles.take_back(session, key_of("log-ins", source), size=self._settings.failures_per_source)
        await throttles.forgive(session, key_of("e-mail", email_key(email)))
        await self.registered(session, account_id, source, now)

    async def registered(self, session: AsyncSession, account_id: AccountId, source: str, now: int) -> None:
        """Note that the owner of an account is at a source."""
        await throttles.remember_source(session, account_id, key_of("source", source_name(source)), now)

    async def to_change_password(self, session: AsyncSession, account_id: AccountId, now: int) -> None:
        """Admit one guess at the present password by somebody who is logged in.

        Counted apart from log-ins: those who are not logged in cannot keep the owner from this.
        """
        await self._strike(session, key_of("change", account_id), now)

    async def changed_password(self, session: AsyncSession, account_id: AccountId) -> None:
        """Note that the password is a new one: from where the old one was used is forgotten."""
        await throttles.forgive(session, key_of("change", account_id))
        await throttles.forget_sources(session, account_id)

    async def _strike(self, session: AsyncSession, key: bytes, now: int) -> None:
        free, longest = self._settings.failures_per_account, self._settings.longest_delay
        await throttles.strike(session, key, now, free=free, longest=longest)
