"""What the contract of the catalogue promises to those who search."""

from __future__ import annotations

import pytest

from contracts.catalog import Catalog, Category, CategoryNotFound, InvalidCursor, Product, Search, Sort
from contracts.values import CategoryId
from tests.conformance.goods import add_category, add_product, discontinue, new_sku
from tests.conformance.stage import Stage
from tests.modules.catalog.builders import facts, variant

MODULES = ("catalog",)


@pytest.fixture
def catalog(stage: Stage) -> Catalog:
    """The catalogue, called by a guest."""
    return stage.contract(Catalog)


async def names(catalog: Catalog, category: Category, **search: object) -> list[str]:
    """Return the names of what is found below a category."""
    page = await catalog.search(Search(category_id=category.id, **search))  # type: ignore[arg-type]  # checked there
    assert page.next_cursor is None
    return [each.name for each in page.cards]


async def test_words_match_as_prefixes_wherever_they_stand_and_all_must(stage: Stage, catalog: Catalog) -> None:
    category = await add_category(stage)
    await add_product(
        stage,
        category,
        variant(new_sku(), Colour="Ultramarine"),
        name="Ember Mug",
        brand="Tove & Son",
        description="It keeps warm.",
        attributes=facts(Material="Stoneware"),
    )
    await add_product(stage, category, name="Ember Lamp", brand="Fieldmark")
    for text in ("mug", "MU", "Tove", "warm", "ultra", "stonew", "ember keeps", "  mug,  son! "):
        assert await names(catalog, category, text=text) == ["Ember Mug"], text
    assert sorted(await names(catalog, category, text="emb")) == ["Ember Lamp", "Ember Mug"]
    for text in ("mugs", "ember nothing", "arm", "mug fieldmark"):
        assert await names(catalog, category, text=text) == [], text


async def test_no_text_is_a_search_engines_syntax(stage: Stage, catalog: Catalog) -> None:
    category = await add_category(stage)
    await add_product(stage, category, name="Mug and bowl")
    for text in ('"mug', "mug* AND", "(mug", "-mug", "name:mug", "mug'", "%", "\N{SNOWMAN}", "mug OR nothing"):
        assert set(await names(catalog, category, text=text)) <= {"Mug and bowl"}, text


async def test_a_category_includes_those_below_it(stage: Stage, catalog: Catalog) -> None:
    root = await add_category(stage)
    middle = await add_category(stage, root)
    lowest = await add_category(stage, middle)
    for name, category in (("Root", root), ("Middle", middle), ("Lowest", lowest)):
        await add_product(stage, category, name=name)
    assert await names(catalog, root, sort=Sort.NAME) == ["Lowest", "Middle", "Root"]
    assert await names(catalog, middle, sort=Sort.NAME) == ["Lowest", "Middle"]
    assert await names(catalog, lowest) == ["Lowest"]
    assert await names(catalog, await add_category(stage)) == []
    with pytest.raises(CategoryNotFound) as refusal:
        await catalog.search(Search(category_id=CategoryId("nowhere")))
    assert refusal.value.category == "nowhere"


async def test_one_variant_must_have_the_attributes_and_the_price(stage: Stage, catalog: Catalog) -> None:
    category = await add_category(stage)
    small, large = variant(new_sku(), 1000, Colour="Blue", Size="S"), variant(new_sku(), 2000, Colour="Red", Size="L")
    await add_product(stage, category, small, large, name="Mug", attributes=facts(Material="Clay"))
    await add_product(stage, category, variant(new_sku(), 1500, Colour="Green"), name="Bowl")
    blue, red, green = (*facts(Colour="Blue"), *facts(Colour="Red"), *facts(Colour="Green"))
    for attributes, low, high, found in (
        ((blue,), None, None, ["Mug"]),
        ((blue, red), None, None, ["Mug"]),
        ((blue, green), None, None, ["Bowl", "Mug"]),
        ((blue, *facts(Size="L")), None, None, []),
        ((blue, *facts(Size="S", Material="Clay")), None, None, ["Mug"]),
        (facts(Material="Wood"), None, None, []),
        ((blue,), 1001, None, []),
        ((red,), 1001, None, ["Mug"]),
        ((), 1000, 1000, ["Mug"]),
        ((), 1500, 2000, ["Bowl", "Mug"]),
        ((), 1501, 1999, []),
        ((), None, 1499, ["Mug"]),
        ((), 2001, None, []),
        ((), 0, 0, []),
    ):
        where = {"attributes": attributes, "price_min": low, "price_max": high}
        assert await names(catalog, category, sort=Sort.NAME, **where) == found, where


async def shelf(stage: Stage) -> tuple[Category, list[Product]]:
    """Add products that come in another order by each sort."""
    category = await add_category(stage)
    made = (("Bowl", 2000), ("Apron", 3000), ("Cup", 1000), ("Dish", 4000), ("Ewer", 500))
    return category, [await add_product(stage, category, variant(new_sku(), price), name=name) for name, price in made]


ORDERS = {
    Sort.RELEVANCE: ["Ewer", "Dish", "Cup", "Apron", "Bowl"],
    Sort.NEWEST: ["Ewer", "Dish", "Cup", "Apron", "Bowl"],
    Sort.PRICE_UP: ["Ewer", "Cup", "Bowl", "Apron", "Dish"],
    Sort.PRICE_DOWN: ["Dish", "Apron", "Bowl", "Cup", "Ewer"],
    Sort.NAME: ["Apron", "Bowl", "Cup", "Dish", "Ewer"],
}


async def test_results_come_in_the_order_asked_for_page_by_page(stage: Stage, catalog: Catalog) -> None:
    category, _ = await shelf(stage)
    for sort, expected in ORDERS.items():
        found, cursor = [], None
        for limit in (2, 1, 2):
            page = await catalog.search(Search(category_id=category.id, sort=sort, limit=limit, cursor=cursor))
            assert len(page.cards) == limit
            found += [each.name for each in page.cards]
            cursor = page.next_cursor
        assert (found, cursor) == (expected, None)
        assert await names(catalog, category, sort=sort, limit=5) == expected


async def test_what_matches_a_text_is_found_once_whatever_the_page(stage: Stage, catalog: Catalog) -> None:
    category = await add_category(stage)
    for number in range(7):
        await add_product(stage, category, name=f"Mug {number}", description="mug " * (number % 3))
    found, cursor = [], None
    while True:
        page = await catalog.search(Search(category_id=category.id, text="mug", limit=3, cursor=cursor))
        found += [each.name for each in page.cards]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(found) == [f"Mug {number}" for number in range(7)]


async def test_a_page_follows_on_although_others_come_and_go(stage: Stage, catalog: Catalog) -> None:
    category, made = await shelf(stage)
    search = Search(category_id=category.id, sort=Sort.PRICE_UP, limit=2)
    first = await catalog.search(search)
    await discontinue(stage, made[4].id)
    await add_product(stage, category, variant(new_sku(), 700), name="Fork")
    rest = await names(catalog, category, sort=Sort.PRICE_UP, cursor=first.next_cursor)
    assert rest == ["Bowl", "Apron", "Dish"]


async def test_what_is_discontinued_is_not_found(stage: Stage, catalog: Catalog) -> None:
    category, made = await shelf(stage)
    await discontinue(stage, made[0].id)
    for search in ({}, {"text": "bowl"}, {"price_min": 2000, "price_max": 2000}):
        assert "Bowl" not in await names(catalog, category, **search)


async def test_a_cursor_is_good_for_its_own_search_only(stage: Stage, catalog: Catalog) -> None:
    category, _ = await shelf(stage)
    search = Search(category_id=category.id, limit=2)
    cursor = (await catalog.search(search)).next_cursor
    assert cursor is not None
    for wrong in (
        Search(category_id=category.id, cursor=cursor, sort=Sort.NAME),
        Search(category_id=category.id, cursor=cursor, text="mug"),
        Search(cursor=cursor),
        Search(category_id=category.id, cursor=cursor[:-1]),
        Search(category_id=category.id, cursor=cursor[::-1]),
        Search(category_id=category.id, cursor=""),
        Search(category_id=category.id, cursor="no cursor"),
    ):
        with pytest.raises(InvalidCursor):
            await catalog.search(wrong)
