"""The ledger takes what is in balance, once, and the tables are those of the migrations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from contracts.payments import PaymentState
from modules.payments import domain
from modules.payments.domain import Posting, Standing
from modules.payments.store import ledger
from tests.modules.payments.stand import PRICE, Stand, order


@given(
    st.lists(st.sampled_from(Standing), max_size=8),
    st.integers(1, 10**15),
)
def test_whatever_the_provider_says_in_whatever_order_every_transfer_sums_to_zero(
    standings: list[Standing], amount: int
) -> None:
    state, balances = PaymentState.PENDING, dict[str, int]()
    for standing in standings:
        for after in domain.next_states(state, standing):
            postings = domain.postings(state, after, amount)
            assert sum(each.debit - each.credit for each in postings) == 0
            for each in postings:
                balances[each.account] = balances.get(each.account, 0) + each.debit - each.credit
            state = after
    held = amount if state is PaymentState.AUTHORISED else 0
    taken = amount if state is PaymentState.CAPTURED else 0
    assert {account: balance for account, balance in balances.items() if balance} == {
        account: balance
        for account, balance in {
            domain.HELD: held,
            domain.HOLDS: -held,
            domain.RECEIVABLE: taken,
            domain.SALES: -taken,
        }.items()
        if balance
    }


@pytest.mark.parametrize("before", [PaymentState.PENDING, PaymentState.AUTHORISED])
@pytest.mark.parametrize("standing", [each for each in Standing if each is not Standing.PROCESSING])
def test_whatever_the_provider_says_of_a_payment_that_is_open_is_never_thrown_away(
    before: PaymentState, standing: Standing
) -> None:
    passed = domain.next_states(before, standing)
    assert passed or (before, standing) == (PaymentState.AUTHORISED, Standing.HELD)
    assert [each for each in passed if each is not PaymentState.AUTHORISED] == (
        [] if standing is Standing.HELD else [passed[-1]]
    )


async def test_a_transfer_out_of_balance_is_refused(stand: Stand) -> None:
    postings = [Posting("a", debit=2), Posting("b", credit=1)]
    async with stand.database.write() as work:
        with pytest.raises(ValueError, match="out of balance"):
            await ledger.post(work.session, "t", postings, "EUR", stand.manual.now())
    assert await stand.service.list_balances() == ()


async def test_a_transfer_is_written_once_and_each_line_has_one_side(stand: Stand) -> None:
    await stand.service.authorise(order(1), PRICE, "tok_success")
    for change in ("INSERT INTO entries SELECT * FROM entries", "UPDATE entries SET debit = 1, credit = 1"):
        with pytest.raises(IntegrityError):
            async with stand.database.write() as work:
                await work.session.execute(text(change))
