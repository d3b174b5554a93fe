"""Payments, refunds and ledger as an audit sees them: what each says beside what the others do.

Each page, and the whole ledger, is read in one session, which sees one state of everything.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from itertools import chain
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, except_, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.payments import LedgerBook, PaymentBook, PaymentState, RefundState
from contracts.values import OrderId
from modules.payments import domain
from modules.payments.store import ledger
from modules.payments.store.payments import Kept, all_columns, kept_of
from modules.payments.store.refunds import KeptRefund, all_refund_columns, kept_refund_of
from modules.payments.store.tables import entries, instant, payments, refunds

MOST_NAMED = 20
"""Transfers of each kind that are named, at most."""

_made = payments.c.amount.is_not(None)
_page = (
    select(*all_columns)
    .where(_made, payments.c.order_id > bindparam("after"))
    .order_by(payments.c.order_id)
    .limit(bindparam("limit"))
)
_of_orders = select(*all_columns).where(_made, payments.c.order_id.in_(bindparam("orders", expanding=True)))
_refunds = (
    select(*all_refund_columns, refunds.c.created)
    .where(refunds.c.order_id.in_(bindparam("orders", expanding=True)))
    .order_by(refunds.c.created, refunds.c.id)
)
_amount = entries.c.debit - entries.c.credit
_entries = select(entries.c.transfer, entries.c.account, entries.c.currency, _amount).where(
    entries.c.transfer.in_(bindparam("transfers", expanding=True)),
    entries.c.account.in_([domain.HELD, domain.RECEIVABLE]),
)
_by_state = (
    select(payments.c.currency, payments.c.state, func.sum(payments.c.amount))
    .where(_made)
    .group_by(payments.c.currency, payments.c.state)
)
_given_back = (
    select(refunds.c.currency, func.sum(refunds.c.amount))
    .where(refunds.c.state == RefundState.DONE)
    .group_by(refunds.c.currency)
)
_unbalanced = (
    select(entries.c.currency, entries.c.transfer)
    .group_by(entries.c.currency, entries.c.transfer)
    .having(func.sum(entries.c.debit) != func.sum(entries.c.credit))
    .order_by(entries.c.transfer)
    .limit(MOST_NAMED)
)
_of_nobody = except_(
    select(entries.c.transfer),
    *(
        select(payments.c.id + literal(domain.transfer_of("", booked))).where(_made, payments.c.state.in_(states))
        for booked, states in domain.BOOKED_BY.items()
    ),
    select(refunds.c.id + literal(domain.transfer_of("", RefundState.DONE))).where(refunds.c.state == RefundState.DONE),
)
"""By difference of sets: for NOT IN, PostgreSQL reads a long list again for each transfer."""
_misplaced = or_(
    func.max(case((entries.c.account.in_(chain.from_iterable(domain.MIRRORED)), 0), else_=1)) == 1,
    *(func.sum(case((entries.c.account.in_(pair), _amount), else_=0)) != 0 for pair in domain.MIRRORED),
)
"""Of a transfer whose sides are equal: some of it is on an account where no payment or refund would have put it."""
_strays = (
    select(entries.c.currency, entries.c.transfer)
    .group_by(entries.c.currency, entries.c.transfer)
    .having(or_(entries.c.transfer.in_(_of_nobody), and_(func.sum(_amount) == 0, _misplaced)))
    .order_by(entries.c.transfer)
    .limit(MOST_NAMED)
)


async def page(session: AsyncSession, after: str, limit: int) -> list[PaymentBook]:
    """Return the payments of the first orders beyond ``after``, by order."""
    return await _books(session, _page, {"after": after, "limit": limit})


async def of_orders(session: AsyncSession, order_ids: Collection[OrderId]) -> list[PaymentBook]:
    """Return the payments of these orders, where they have one."""
    return await _books(session, _of_orders, {"orders": list(order_ids)})


async def whole_ledger(session: AsyncSession) -> tuple[LedgerBook, ...]:
    """Return the ledger against all payments and refunds, by currency."""
    sums, by_account = Counter[str](), Counter[tuple[str, str]]()
    for balance in await ledger.balances(session):
        sums[balance.currency] += balance.amount
        by_account[balance.currency, balance.account] += balance.amount
    said = Counter[tuple[str | None, str]]()
    for currency, state, amount in await session.execute(_by_state):
        said[currency, state] += int(amount or 0)
    given_back = {currency: int(amount) for currency, amount in await session.execute(_given_back)}
    unbalanced = [(currency, transfer) for currency, transfer in await session.execute(_unbalanced)]
    strays = [(currency, transfer) for currency, transfer in await session.execute(_strays)]
    return tuple(
        LedgerBook(
            currency=currency,
            sum=sums[currency],
            held=by_account[currency, domain.HELD],
            authorised=said[currency, PaymentState.AUTHORISED],
            taken=by_account[currency, domain.RECEIVABLE],
            captured=said[currency, PaymentState.CAPTURED],
            refunded=given_back.get(currency, 0),
            unbalanced=tuple(transfer for its, transfer in unbalanced if its == currency),
            strays=tuple(transfer for its, transfer in strays if its == currency),
        )
        for currency in sorted({*sums, *given_back, *(each for each, _ in said if each is not None)})
    )


async def _books(
    session: AsyncSession, statement: Select[*tuple[Any, ...]], values: Mapping[str, object]
) -> list[PaymentBook]:
    kept = [kept_of(*row) for row in await session.execute(statement, values)]
    if not kept:
        return []
    given_back: defaultdict[OrderId, list[tuple[KeptRefund, int]]] = defaultdict(list)
    for row in await session.execute(_refunds, {"orders": [each.order_id for each in kept]}):
        refund = kept_refund_of(*row[:-1])
        given_back[refund.order_id].append((refund, row.created))
    transfers = {domain.transfer_of(each.id, its): each.order_id for each in kept for its in domain.BOOKED_BY}
    for refund, _ in chain.from_iterable(given_back.values()):
        transfers[domain.transfer_of(refund.id, RefundState.DONE)] = refund.order_id
    booked = Counter[tuple[OrderId, str, str]]()
    for transfer, account, currency, amount in await session.execute(_entries, {"transfers": list(transfers)}):
        booked[transfers[transfer], account, currency] += amount
    return [_book(each, given_back[each.order_id], booked) for each in kept]


def _book(
    kept: Kept, given_back: list[tuple[KeptRefund, int]], booked: Counter[tuple[OrderId, str, str]]
) -> PaymentBook:
    pending = [instant(created) for refund, created in given_back if refund.is_open]
    if kept.state is PaymentState.PENDING:
        pending.insert(0, kept.created)
    payment = kept.as_message()
    return PaymentBook(
        payment=payment,
        refunds=tuple(refund.as_message() for refund, _ in given_back),
        held=booked[kept.order_id, domain.HELD, payment.amount.currency],
        taken=booked[kept.order_id, domain.RECEIVABLE, payment.amount.currency],
        waiting=pending[0] if pending else None,
        elsewhere=tuple(refund.id for refund, _ in given_back if refund.payment_id != kept.id),
    )
