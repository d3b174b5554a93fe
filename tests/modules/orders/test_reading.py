"""Who may see which orders, and how they are paged through."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.kit import Role
from contracts.orders import InvalidCursor, OrderNotFound, OrderState, OrderSummary
from contracts.values import AccountId, OrderId
from modules.orders import cursors
from modules.orders.cursors import Place
from tests.modules.orders.doubles import MUG
from tests.modules.orders.stand import ADA, BOB, Stand, acting, lines

CLERK = AccountId("clerk")


async def test_only_the_owner_and_staff_see_an_order(stand: Stand) -> None:
    order_id = await stand.begin()
    for account, roles in ((ADA, []), (CLERK, [Role.STAFF]), (CLERK, [Role.OPERATOR]), (CLERK, [Role.SYSTEM])):
        with acting(account, *roles):
            assert (await stand.service.get_order(order_id)).id == order_id
    for account, wanted in ((BOB, order_id), (ADA, OrderId("F000000000"))):
        with pytest.raises(OrderNotFound) as refusal:
            await stand.get(wanted, account)
        assert refusal.value == OrderNotFound(order_id=wanted)


async def test_pages_have_ones_own_orders_the_latest_first_none_twice_none_skipped(stand: Stand) -> None:
    stand.world.inventory.stock[MUG] = 100
    mine = []
    for number in range(7):
        mine.append(await stand.begin(lines(MUG_BLUE=number + 1, TEA=1)))
        await stand.place(account=BOB, seconds=-1)
        if number % 3:  # some were placed at the same instant
            stand.world.clock.advance(seconds=1)
    found: list[OrderSummary] = []
    cursor = None
    with acting(ADA):
        while True:
            page = await stand.service.list_orders(cursor, 2)
            found += page.orders
            cursor = page.next_cursor
            if len(found) == 2:
                await stand.begin()  # a new one does not move the pages that follow
            if cursor is None:
                break
    assert {each.id for each in found} == set(mine)
    assert len(found) == 7
    assert [each.placed for each in found] == sorted((each.placed for each in found), reverse=True)
    last = found[0]
    assert (last.id, last.state, last.count) == (mine[-1], OrderState.PLACED, 8)
    assert last.total.amount == 7 * 1250 + 399 + 790


async def test_the_last_page_knows_that_it_is(stand: Stand) -> None:
    for _ in range(2):
        await stand.begin()
    with acting(ADA):
        assert (await stand.service.list_orders(None, 2)).next_cursor is None
    with acting(BOB):
        assert (await stand.service.list_orders(None)).orders == ()


async def test_anothers_cursor_is_refused(stand: Stand) -> None:
    for _ in range(2):
        await stand.begin()
    with acting(ADA):
        cursor = (await stand.service.list_orders(None, 1)).next_cursor
    assert cursor is not None
    with pytest.raises(InvalidCursor), acting(BOB):
        await stand.service.list_orders(cursor, 1)


places = st.builds(Place, st.integers(-(2**63), 2**63 - 1), st.text(max_size=40).map(OrderId))


@given(st.text(max_size=80).map(AccountId), places)
def test_a_cursor_leads_back_to_its_place(account: AccountId, place: Place) -> None:
    assert cursors.place_of(account, cursors.issue(account, place)) == place


@given(places, st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_a_damaged_cursor_is_refused(place: Place, data: st.DataObject) -> None:
    cursor = cursors.issue(ADA, place)
    where = data.draw(st.integers(0, len(cursor) - 1))
    letter = data.draw(st.characters(codec="utf-8").filter(lambda each: each != cursor[where]))
    with pytest.raises(InvalidCursor):
        cursors.place_of(ADA, cursor[:where] + letter + cursor[where + 1 :])


@given(st.text(max_size=60))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        cursors.place_of(ADA, text)
