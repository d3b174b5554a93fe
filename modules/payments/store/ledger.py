"""The double-entry ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, cast, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.payments import Balance
from modules.payments.domain import Posting
from modules.payments.store.tables import entries, microseconds

_balance = cast(func.sum(entries.c.debit - entries.c.credit), BigInteger)  # PostgreSQL's sum of BIGINT is NUMERIC
_balances = (
    select(entries.c.account, _balance, entries.c.currency)
    .group_by(entries.c.account, entries.c.currency)
    .order_by(entries.c.account, entries.c.currency)
)


async def post(session: AsyncSession, transfer: str, postings: Sequence[Posting], currency: str, now: datetime) -> None:
    """Write a transfer. This is the only place that writes to the ledger, and it refuses what is out of balance."""
    if sum(each.debit - each.credit for each in postings) != 0:
        raise ValueError(f"Transfer {transfer} is out of balance: {postings}.")
    rows = [
        {
            "transfer": transfer,
            "account": each.account,
            "debit": each.debit,
            "credit": each.credit,
            "currency": currency,
            "at": microseconds(now),
        }
        for each in postings
    ]
    if rows:
        await session.execute(insert(entries), rows)


async def balances(session: AsyncSession) -> tuple[Balance, ...]:
    """Return every account's balance, by account and currency."""
    rows = await session.execute(_balances)
    return tuple(Balance(account=account, amount=amount, currency=currency) for account, amount, currency in rows)
