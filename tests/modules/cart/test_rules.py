"""The arithmetic of carts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.cart import CartFull, LineNotFound, Problem
from contracts.kit import GUEST, Actor, Role
from contracts.values import Line, Money, Sku
from modules.cart.domain import MOST_LINES, account_of, added, cart_of, merged, with_quantity, without
from modules.cart.items import Item, Layer
from tests.modules.cart.stall import BOWL, MUG, PLATE, offer

NOW = datetime(2026, 3, 1, tzinfo=UTC)
quantities = st.integers(1, 99)
names = st.sampled_from([f"SKU-{number}" for number in range(60)])


@st.composite
def carts(draw: st.DrawFn) -> tuple[Item, ...]:
    held = draw(st.dictionaries(names, quantities, max_size=MOST_LINES))
    return tuple(Item(Sku(sku), quantity, sku, "") for sku, quantity in held.items())


def counted(items: tuple[Item, ...]) -> dict[Sku, int]:
    return {item.sku: item.quantity for item in items}


@given(carts(), names, quantities)
def test_adding_adds_up_to_99_and_needs_room_for_something_new(held: tuple[Item, ...], name: str, more: int) -> None:
    before = counted(held)
    new = Item(Sku(name), more, name, "new")
    if new.sku not in before and len(held) == MOST_LINES:
        with pytest.raises(CartFull):
            added(held, new, NOW)
    else:
        after = added(held, new, NOW)
        assert (after.sku, after.name, after.detail) == (new.sku, name, "new")
        assert after.quantity == min(99, before.get(new.sku, 0) + more)


@given(carts(), carts())
def test_merging_adds_up_what_finds_room_and_loses_nothing(own: tuple[Item, ...], guests: tuple[Item, ...]) -> None:
    changes, before = counted(merged(own, guests, NOW)), counted(own)
    after = before | changes
    assert len(after) <= MOST_LINES
    for item in guests:
        if item.sku in changes:
            assert after[item.sku] == min(99, before.get(item.sku, 0) + item.quantity)
        else:
            assert item.sku not in before
            assert len(after) == MOST_LINES
    assert changes.keys() <= {item.sku for item in guests}


@given(carts(), st.lists(st.builds(Line, sku=names.map(Sku), quantity=st.integers(1, 120)), max_size=10))
def test_what_was_bought_leaves_and_never_more(held: tuple[Item, ...], bought: list[Line]) -> None:
    after = counted(held) | counted(without(held, bought, NOW))
    for sku, quantity in counted(held).items():
        assert after[sku] == max(0, quantity - sum(line.quantity for line in bought if line.sku == sku))
    assert after.keys() == counted(held).keys()


def test_a_quantity_is_set_where_there_is_a_line() -> None:
    held = (Item(MUG, 3, "Mug", "Blue"),)
    assert with_quantity(held, MUG, 2, NOW) == Item(MUG, 2, "Mug", "Blue")
    assert with_quantity(held, MUG, 7, NOW) == Item(MUG, 7, "Mug", "Blue", (Layer(NOW, 4),))
    with pytest.raises(LineNotFound) as refusal:
        with_quantity(held, PLATE, 7, NOW)
    assert refusal.value.sku == PLATE


@given(carts(), st.integers(0, 10**9))
def test_a_subtotal_is_the_sum_of_its_lines(held: tuple[Item, ...], price: int) -> None:
    cart = cart_of("token", held, {item.sku: offer(item.sku, price) for item in held}, None)
    amount = price * sum(item.quantity for item in held)
    assert cart.subtotal == (Money(amount=amount, currency="EUR") if held else None)
    assert cart.count == sum(item.quantity for item in held)
    assert [line.sku for line in cart.lines] == [item.sku for item in held]


def test_amounts_of_two_currencies_have_no_sum() -> None:
    held = (Item(MUG, 1, "", ""), Item(PLATE, 1, "", ""))
    offers = {MUG: offer(MUG, 1), PLATE: offer(PLATE, 1, currency="SEK")}
    assert cart_of(None, held, offers, None).subtotal is None


@pytest.mark.parametrize(
    ("available", "problem"),
    [(0, Problem.SOLD_OUT), (1, Problem.TOO_FEW), (4, Problem.TOO_FEW), (5, None), (6, None)],
)
def test_lines_say_what_is_wrong_with_the_stock(available: int, problem: Problem | None) -> None:
    (line,) = cart_of(None, (Item(BOWL, 5, "", ""),), {BOWL: offer(BOWL, 1)}, {BOWL: available}).lines
    assert (line.available, line.problem) == (available, problem)


@pytest.mark.parametrize(
    ("actor", "is_person"),
    [
        (GUEST, False),
        (Actor(id="x", roles=frozenset({Role.GUEST})), False),
        (Actor(id="", roles=frozenset({Role.CUSTOMER})), False),
        (Actor(id="orders", roles=frozenset({Role.SYSTEM})), False),
        (Actor(id="orders", roles=frozenset({Role.SYSTEM, Role.CUSTOMER})), False),
        (Actor(id="ada", roles=frozenset({Role.CUSTOMER})), True),
        (Actor(id="bob", roles=frozenset({Role.STAFF})), True),
        (Actor(id="eve", roles=frozenset({Role.OPERATOR})), True),
    ],
)
def test_people_who_are_logged_in_have_a_cart_of_their_own(actor: Actor, is_person: bool) -> None:
    assert account_of(actor) == (actor.id if is_person else None)
