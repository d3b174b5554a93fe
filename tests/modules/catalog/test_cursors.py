"""Cursors: whole, they lead on; damaged or handed to another search, they are told apart."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from contracts.catalog import Attribute, InvalidCursor, Search, Sort
from contracts.values import CategoryId
from modules.catalog.cursors import Place, issue, place_of
from modules.catalog.domain import LONGEST_SORT_KEY

_stored = st.integers(-(2**63), 2**63 - 1)
_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_searches = st.builds(
    Search,
    text=_texts,
    category_id=st.none() | st.sampled_from([CategoryId("mugs"), CategoryId("")]),
    price_min=st.none() | st.integers(0, 10**12),
    price_max=st.none() | st.integers(0, 10**12),
    attributes=st.lists(
        st.builds(Attribute, name=st.sampled_from(["Colour", "Size"]), value=st.sampled_from(["a", "b"])), max_size=3
    ).map(tuple),
    sort=st.sampled_from(Sort),
)
_keys = st.text(st.characters(exclude_categories=["Cs"]), max_size=LONGEST_SORT_KEY)


@st.composite
def _cases(draw: st.DrawFn) -> tuple[Search, Place]:
    search = draw(_searches)
    key = draw(_keys) if search.sort is Sort.NAME else draw(_stored)
    return search, Place(key, draw(_stored))


def _with(search: Search, cursor: str, **changes: object) -> Search:
    return msgspec.structs.replace(search, cursor=cursor, **changes)


@given(_cases(), st.integers(1, 100))
def test_a_cursor_leads_back_to_its_place_whatever_the_limit(case: tuple[Search, Place], limit: int) -> None:
    search, place = case
    assert place_of(_with(search, issue(search, place), limit=limit)) == place


@given(_cases(), st.data())
def test_a_damaged_cursor_is_refused(case: tuple[Search, Place], data: st.DataObject) -> None:
    search, place = case
    whole = issue(search, place)
    at = data.draw(st.integers(0, len(whole) - 1))
    letter = data.draw(st.characters(max_codepoint=0x2FF) | st.sampled_from(["", "=", "AA", " "]))
    damaged = whole[:at] + letter + whole[at + 1 :]
    assume(damaged != whole and len(damaged) <= 500)
    with pytest.raises(InvalidCursor):
        place_of(_with(search, damaged))


@given(_searches, st.text(max_size=60))
def test_a_made_up_cursor_is_refused(search: Search, cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        place_of(_with(search, cursor))


@settings(max_examples=50)
@given(_cases(), _searches)
def test_a_cursor_is_good_for_its_own_search_only(case: tuple[Search, Place], other: Search) -> None:
    search, place = case
    same = msgspec.structs.replace(other, attributes=()) == msgspec.structs.replace(search, attributes=()) and {
        (each.name, each.value) for each in search.attributes
    } == {(each.name, each.value) for each in other.attributes}
    assume(not same)
    with pytest.raises(InvalidCursor):
        place_of(_with(other, issue(search, place)))


def test_a_key_of_another_kind_than_the_sort_has_is_refused() -> None:
    for sort, place in ((Sort.NAME, Place(5, 1)), (Sort.PRICE_UP, Place("5", 1))):
        with pytest.raises(InvalidCursor):
            place_of(_with(Search(sort=sort), issue(Search(sort=sort), place)))


def test_a_number_that_no_database_holds_is_refused() -> None:
    search = Search(sort=Sort.PRICE_UP)
    with pytest.raises(InvalidCursor):
        place_of(_with(search, issue(search, Place(2**64 - 1, 1))))


def test_the_first_page_has_no_place() -> None:
    assert place_of(Search()) is None


def test_the_longest_cursor_fits_its_field() -> None:
    search = Search(sort=Sort.NAME)
    longest = issue(search, Place("\U0001f600" * LONGEST_SORT_KEY, -(2**63)))
    assert place_of(_with(search, longest)) is not None
