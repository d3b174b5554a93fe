"""Search: by words, category, price and attributes, in every order, page by page."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.catalog import Card, Catalog, CategoryNotFound, InvalidCursor, Search, Sort
from contracts.values import CategoryId, Money, ProductId
from modules.catalog.container import CatalogContainer
from tests.modules.catalog.builders import category, facts, product, stock, variant
from tests.modules.catalog.model import PRODUCTS, TREE, expected

HOSTILE = (
    '"',
    "'",
    "*",
    "a*",
    '"a',
    "NEAR(a b)",
    "name:ember",
    "{name} : a",
    "-a",
    "^a",
    "a AND",
    "OR",
    "NOT a",
    "a + b",
)


@pytest.fixture
async def stocked(container: CatalogContainer, service: Catalog) -> Catalog:
    await stock(container, TREE, PRODUCTS)
    return service


async def found(service: Catalog, search: Search) -> list[ProductId]:
    """Return what a search finds, page by page."""
    ids: list[ProductId] = []
    while True:
        page = await service.search(search)
        assert len(page.cards) <= search.limit
        ids += [card.product_id for card in page.cards]
        if page.next_cursor is None:
            return ids
        assert len(page.cards) == search.limit
        search = msgspec.structs.replace(search, cursor=page.next_cursor)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.builds(
        Search,
        text=st.sampled_from(["", "", "mug", "tall mug", "MÜG", "blu", "ember acme", "fine", "l", "zebra"]),
        category_id=st.sampled_from([None, None, *(each.id for each in TREE)]),
        price_min=st.sampled_from([None, None, 0, 1000, 2000]),
        price_max=st.sampled_from([None, None, 1000, 2000, 2999]),
        attributes=st.lists(
            st.sampled_from([*facts(Colour="Blue"), *facts(Colour="Red"), *facts(Size="L"), *facts(Material="Clay")]),
            max_size=3,
        ).map(tuple),
        sort=st.sampled_from(Sort),
        limit=st.sampled_from([1, 2, 7, 100]),
    )
)
async def test_paging_finds_exactly_what_a_plain_model_finds_in_its_order(stocked: Catalog, search: Search) -> None:
    matches = expected(search)
    ids = await found(stocked, search)
    if search.text and search.sort is Sort.RELEVANCE:  # the model does not weigh words
        assert sorted(ids) == sorted(matches)
        assert ids == await found(stocked, msgspec.structs.replace(search, limit=3))
    else:
        assert ids == matches


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
    | st.lists(st.sampled_from(HOSTILE), max_size=5).map(" ".join),
    sort=st.sampled_from(Sort),
)
async def test_no_text_is_a_search_engines_syntax(stocked: Catalog, text: str, sort: Sort) -> None:
    ids = [card.product_id for card in (await stocked.search(Search(text=text, sort=sort, limit=100))).cards]
    if text.isascii():  # the model folds other letters in a way of its own
        assert sorted(ids) == sorted(expected(Search(text=text)))


async def test_a_card_shows_the_product_from_its_cheapest_price(service: Catalog) -> None:
    await service.add_category(category("Mugs"))
    await service.add_product(product("mug", variant("SKU-A", 1500), variant("SKU-B", 1200), brand="Tillerby"))
    await service.add_product(product("cup", variant("SKU-C", 900)))
    cards = (await service.search(Search(sort=Sort.PRICE_DOWN, price_min=900))).cards
    assert cards == (
        Card(
            product_id=ProductId("mug"),
            name="Mug",
            brand="Tillerby",
            category_id=CategoryId("mugs"),
            price_from=Money(amount=1200, currency="EUR"),
            prices_differ=True,
        ),
        Card(
            product_id=ProductId("cup"),
            name="Cup",
            brand="Acme",
            category_id=CategoryId("mugs"),
            price_from=Money(amount=900, currency="EUR"),
            prices_differ=False,
        ),
    )


async def test_one_variant_must_have_all_that_is_asked_for(service: Catalog) -> None:
    await service.add_category(category("Mugs"))
    await service.add_product(
        product(
            "apart", variant("SKU-A", 1000, Colour="Blue", Size="S"), variant("SKU-B", 2000, Colour="Red", Size="L")
        )
    )
    await service.add_product(product("together", variant("SKU-C", 2000, Size="L"), attributes=facts(Colour="Blue")))
    blue, large = facts(Colour="Blue"), facts(Size="L")
    assert await found(service, Search(attributes=blue + large)) == ["together"]
    assert await found(service, Search(attributes=blue, price_min=1500)) == ["together"]
    assert await found(service, Search(attributes=blue + facts(Colour="Red") + large)) == ["together", "apart"]


async def test_a_match_in_the_name_is_more_relevant_than_one_in_the_description(service: Catalog) -> None:
    await service.add_category(category("Mugs"))
    await service.add_product(product("one", name="Teapot", description="It goes with every cup of the range."))
    await service.add_product(product("two", name="Cup", description="Plain."))
    await service.add_product(product("three", name="Saucer", attributes=facts(Fits="Cup"), description="Plain."))
    await service.add_product(product("four", name="Spoon", description="Plain."))
    assert await found(service, Search(text="cup")) == ["two", "three", "one"]


async def test_without_a_text_the_newest_come_first(service: Catalog) -> None:
    await service.add_category(category("Mugs"))
    for name in ("old", "middle", "new"):
        await service.add_product(product(name))
    for search in (Search(), Search(sort=Sort.NEWEST), Search(text=" — ")):
        assert await found(service, search) == ["new", "middle", "old"]


async def test_accents_and_capitals_do_not_matter(service: Catalog) -> None:
    await service.add_category(category("Mugs"))
    await service.add_product(product("creme", name="Crème Brûlée", brand="ÅNGSTRÖM", description="Straße"))
    for text in ("creme brulee", "CRÈME", "cre\u0300me", "angstrom", "Brû", "straß"):
        assert await found(service, Search(text=text)) == ["creme"]
    assert await found(service, Search(text="reme")) == []


async def test_a_page_goes_on_where_it_ended_though_products_come_and_go(service: Catalog) -> None:
    await service.add_category(category("Mugs"))
    for name in ("p1", "p2", "p3", "p4", "p5"):
        await service.add_product(product(name))
    first = await service.search(Search(sort=Sort.NEWEST, limit=2))
    await service.add_product(product("p6"))
    await service.discontinue_product(ProductId("p4"))
    second = await service.search(Search(sort=Sort.NEWEST, limit=2, cursor=first.next_cursor))
    assert [card.product_id for page in (first, second) for card in page.cards] == ["p5", "p4", "p3", "p2"]


async def test_an_unknown_category_is_told_from_an_empty_one(service: Catalog) -> None:
    await service.add_category(category("Mugs"))
    assert (await service.search(Search(category_id=CategoryId("mugs")))).cards == ()
    with pytest.raises(CategoryNotFound) as caught:
        await service.search(Search(category_id=CategoryId("nothing")))
    assert caught.value.category == "nothing"


async def test_a_cursor_of_another_search_is_refused(stocked: Catalog) -> None:
    cursor = (await stocked.search(Search(limit=1))).next_cursor
    with pytest.raises(InvalidCursor):
        await stocked.search(Search(limit=1, sort=Sort.NAME, cursor=cursor))
    with pytest.raises(InvalidCursor):
        await stocked.search(Search(limit=1, cursor="nonsense"))
