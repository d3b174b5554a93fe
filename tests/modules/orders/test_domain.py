"""What an order costs: every part of it, rounded where it should be, and nothing lost in between."""

from __future__ import annotations

import re
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.catalog import Offer
from contracts.orders import ItemProblem, NoDelivery
from contracts.values import Line, Money, Sku
from modules.orders import domain
from modules.orders.domain import Bracket, Zone
from modules.orders.settings import ZONES
from tests.modules.orders.doubles import LAMP, MUG, TEA, offer

prices, rates = st.integers(0, 10**9), st.sampled_from([0, 550, 700, 1900, 2500])
baskets = st.dictionaries(
    st.text("ABCDEF", min_size=1, max_size=4).map(Sku),
    st.tuples(prices, rates, st.integers(1, 999)),
    min_size=1,
    max_size=8,
)
ANYWHERE = (Zone(countries=("DE",), brackets=(Bracket(up_to_grams=10**12, price=490),)),)


@given(baskets)
def test_the_parts_of_a_quote_sum_to_its_total(basket: dict[Sku, tuple[int, int, int]]) -> None:
    offers = {sku: offer(sku, price, rate) for sku, (price, rate, _) in basket.items()}
    quote = domain.make_quote({sku: each[2] for sku, each in basket.items()}, offers, ANYWHERE, "DE")
    assert all(line.total.amount == line.unit_price.amount * line.quantity for line in quote.lines)
    assert sum(line.total.amount for line in quote.lines) + quote.delivery.amount == quote.total.amount
    assert [each.rate for each in quote.vat] == sorted({rate for _, rate, _ in basket.values()}, reverse=True)

    highest = quote.vat[0].rate
    for vat in quote.vat:
        gross = sum(line.total.amount for line in quote.lines if line.vat_rate == vat.rate)
        gross += quote.delivery.amount if vat.rate == highest else 0
        exact = Fraction(gross * vat.rate, 10_000 + vat.rate)
        assert -Fraction(1, 2) < vat.amount.amount - exact <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("gross", "rate", "vat"),
    [(11900, 1900, 1900), (100, 1900, 16), (0, 1900, 0), (999, 0, 0), (3, 10_000, 2), (1, 10_000, 1)],
)
def test_vat_is_rounded_half_up(gross: int, rate: int, vat: int) -> None:
    assert domain.vat_of(gross, rate) == vat


def test_vat_is_rounded_once_a_rate_and_delivery_carries_the_highest() -> None:
    wanted = {TEA: 1, MUG: 1, LAMP: 1}
    offers = {TEA: offer(TEA, 103, 700), MUG: offer(MUG, 103, 1900), LAMP: offer(LAMP, 103, 1900)}
    quote = domain.make_quote(wanted, offers, ZONES, "DE")
    assert quote.delivery == Money(amount=490, currency="EUR")
    # 103 + 103 + 490 = 696 holds 111.13 of 19 %; 16.45 + 16.45 + 78.24, each rounded, would be 110.
    assert [(each.rate, each.amount.amount) for each in quote.vat] == [(1900, 111), (700, 7)]
    assert quote.total == Money(amount=799, currency="EUR")


def test_lines_say_what_was_on_offer_in_the_order_wanted() -> None:
    offers = {MUG: offer(MUG, 1250), LAMP: offer(LAMP, 4999, name="Lamp")}
    quote = domain.make_quote({LAMP: 1, MUG: 3}, offers, ZONES, "DE")
    assert [line.sku for line in quote.lines] == [LAMP, MUG]
    mugs = quote.lines[1]
    assert (mugs.name, mugs.detail, mugs.quantity) == ("Mug", "Blue, 350 ml", 3)
    assert (mugs.unit_price.amount, mugs.total.amount, mugs.vat_rate) == (1250, 3750, 1900)


def test_the_same_sku_twice_is_added_up() -> None:
    twice = [Line(sku=MUG, quantity=2), Line(sku=LAMP, quantity=1), Line(sku=MUG, quantity=3)]
    assert list(domain.add_up(twice).items()) == [(MUG, 5), (LAMP, 1)]


def test_every_problem_is_named() -> None:
    offers = {MUG: offer(MUG, 1), LAMP: offer(LAMP, 1), TEA: offer(TEA, 1)}
    wanted = {MUG: 5, LAMP: 2, Sku("NO"): 1, TEA: 1000}
    assert domain.problems(wanted, offers, {MUG: 4, LAMP: 2, Sku("NO"): 9, TEA: 5000}) == (
        ItemProblem(sku=MUG, wanted=5, available=4),
        ItemProblem(sku=Sku("NO"), wanted=1, available=0),
        ItemProblem(sku=TEA, wanted=1000, available=999),
    )


@pytest.mark.parametrize(
    ("country", "grams", "price"),
    [("DE", 0, 490), ("DE", 2000, 490), ("DE", 2001, 790), ("FR", 31_500, 2490), ("FI", 1, 1290), ("CH", 1, 1790)],
)
def test_delivery_costs_what_the_lightest_bracket_that_bears_it_says(country: str, grams: int, price: int) -> None:
    assert domain.delivery_price(ZONES, country, grams) == price
    backwards = [msgspec.structs.replace(zone, brackets=zone.brackets[::-1]) for zone in ZONES]
    assert domain.delivery_price(backwards, country, grams) == price


@pytest.mark.parametrize(("country", "grams"), [("US", 1), ("DE", 120_001), ("CH", 31_501)])
def test_nothing_is_delivered_elsewhere_or_beyond_the_heaviest_bracket(country: str, grams: int) -> None:
    with pytest.raises(NoDelivery) as refusal:
        domain.delivery_price(ZONES, country, grams)
    assert refusal.value == NoDelivery(country=country, weight_grams=grams)


def test_weight_counts_every_item() -> None:
    offers = {MUG: offer(MUG, 1, grams=1500), LAMP: offer(LAMP, 1, grams=501)}
    assert domain.make_quote({MUG: 1, LAMP: 1}, offers, ZONES, "DE").delivery.amount == 790
    with pytest.raises(NoDelivery) as refusal:
        domain.make_quote({MUG: 100}, offers, ZONES, "DE")
    assert refusal.value.weight_grams == 150_000


def test_the_digest_stands_for_everything_that_is_shown() -> None:
    def digest(changed: Offer, quantity: int = 2, country: str = "DE") -> str:
        return domain.make_quote({MUG: quantity}, {MUG: changed}, ZONES, country).digest

    plain = offer(MUG, 1000)
    others = [
        digest(msgspec.structs.replace(plain, price=Money(amount=1001, currency="EUR"))),
        digest(msgspec.structs.replace(plain, price=Money(amount=1000, currency="CHF"))),
        digest(msgspec.structs.replace(plain, vat_rate=700)),
        digest(msgspec.structs.replace(plain, name="Cup")),
        digest(msgspec.structs.replace(plain, attributes=())),
        digest(msgspec.structs.replace(plain, weight_grams=2000)),
        digest(plain, quantity=3),
        digest(plain, country="FR"),
        digest(plain, country="AT"),
    ]
    assert digest(plain) == digest(offer(MUG, 1000))
    assert len({digest(plain), *others}) == 10


def test_order_ids_are_short_readable_and_different() -> None:
    ids = {domain.new_order_id() for _ in range(500)}
    assert len(ids) == 500
    assert all(re.fullmatch("F[0-9A-HJKMNP-TV-Z]{9}", each) for each in ids)
