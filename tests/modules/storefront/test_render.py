"""Amounts, rates and instants read as people expect."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from contracts.catalog import Category
from contracts.values import CategoryId, Money
from modules.storefront import tree
from modules.storefront.countries import country_name
from modules.storefront.render import day, minute, money, paragraphs, percent, segment


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        (0, "EUR", "€0.00"),
        (5, "EUR", "€0.05"),
        (1234567, "GBP", "£12,345.67"),
        (-990, "USD", "\N{MINUS SIGN}$9.90"),
        (1500, "JPY", "¥1,500"),
        (1500, "KWD", "KWD\N{NO-BREAK SPACE}1.500"),
        (1200, "CHF", "CHF\N{NO-BREAK SPACE}12.00"),
    ],
)
def test_money(amount: int, currency: str, said: str) -> None:
    assert money(Money(amount=amount, currency=currency)) == said


def test_rates() -> None:
    assert percent(1900) == "19\N{NO-BREAK SPACE}%"
    assert percent(550) == "5.5\N{NO-BREAK SPACE}%"
    assert percent(0) == "0\N{NO-BREAK SPACE}%"


def test_instants_are_told_in_utc() -> None:
    at = datetime(2026, 5, 4, 0, 30, tzinfo=timezone(timedelta(hours=2)))
    assert day(at) == "3 May 2026"
    assert minute(at) == "3 May 2026, 22:30 UTC"
    assert minute(at.astimezone(UTC)) == minute(at)


def test_text() -> None:
    assert segment("a/b c?") == "a%2Fb%20c%3F"
    assert paragraphs("one\n\n\n\ntwo\nlines\n\n ") == ["one", "two\nlines"]
    assert country_name("DE") == "Germany"
    assert country_name("ZZ") == "ZZ"


def test_a_broken_tree_does_not_lead_in_circles() -> None:
    circle = tuple(
        Category(id=CategoryId(own), slug=own, name=own, parent_id=CategoryId(parent), vat_rate=0)
        for own, parent in (("a", "b"), ("b", "a"))
    )
    assert len(tree.trail(circle, CategoryId("a"))) <= 3
    assert tree.trail(circle, CategoryId("z")) == []
