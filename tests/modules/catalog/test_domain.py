"""The rules that need nothing but values."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.catalog import InvalidPrice
from contracts.values import CategoryId, Money
from modules.catalog import domain
from tests.modules.catalog.builders import category


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ()),
        ("  —!? \x00 _", ()),
        ("Ember  Mug, 350 ml", ("Ember", "Mug", "350", "ml")),
        ("mug cup mug", ("mug", "cup")),
        ("t-shirt", ("t", "shirt")),
        ("cafe\u0301s", ("cafe\u0301s",)),
        ("\u0301 a", ("a",)),
        ('"name": NEAR(a b)*', ("name", "NEAR", "a", "b")),
    ],
)
def test_words_are_letters_and_digits_each_once(text: str, words: tuple[str, ...]) -> None:
    assert domain.words(text) == words


@given(st.text())
def test_no_text_has_words_with_anything_else_in_them(text: str) -> None:
    assert all(re.fullmatch(r"[^\W_][^\s\"'*():{}^+-]*", word) for word in domain.words(text))


def test_names_are_put_in_order_without_accents_and_capitals() -> None:
    names = ["Zebra", "éclair", "Eclipse", "apple", "Äpfel"]
    assert sorted(names, key=domain.sort_key) == ["Äpfel", "apple", "éclair", "Eclipse", "Zebra"]


@given(st.text())
def test_a_sort_key_fits_a_cursor(name: str) -> None:
    assert len(domain.sort_key(name)) <= domain.LONGEST_SORT_KEY


@pytest.mark.parametrize(("amount", "currency"), [(-1, "EUR"), (1, "USD"), (-1, "USD")])
def test_a_price_is_not_negative_and_in_the_stores_currency(amount: int, currency: str) -> None:
    with pytest.raises(InvalidPrice):
        domain.check_price(Money(amount=amount, currency=currency), "EUR")
    domain.check_price(Money(amount=0, currency="EUR"), "EUR")


@given(st.lists(st.integers(0, 30), max_size=30))
def test_every_category_comes_once_and_after_its_parent(parents: list[int]) -> None:
    """Category n hangs below an earlier one, or is a root."""
    tree = [
        category(f"C{place:02d}", f"c{parent:02d}" if parent < place else None) for place, parent in enumerate(parents)
    ]
    ordered = domain.tree_order(reversed(tree))
    assert sorted(each.id for each in ordered) == sorted(each.id for each in tree)
    seen: set[CategoryId | None] = {None}
    for each in ordered:
        assert each.parent_id in seen
        seen.add(each.id)


def test_a_deep_tree_is_no_danger() -> None:
    chain = [category(f"C{depth:05d}", f"c{depth - 1:05d}" if depth else None) for depth in range(5_000)]
    assert len(domain.tree_order(chain)) == 5_000


def test_a_facet_shows_its_most_frequent_values() -> None:
    counts = [("Serial", f"{number:03d}", 1) for number in range(domain.MOST_FACET_VALUES + 20)] + [
        ("Serial", "zzz", 9)
    ]
    (facet,) = domain.facets(counts, total=100)
    assert len(facet.values) == domain.MOST_FACET_VALUES
    assert [msgspec.structs.astuple(each) for each in facet.values[:2]] == [("zzz", 9), ("000", 1)]
