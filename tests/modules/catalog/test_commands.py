"""What staff may change, and what is announced of it."""

from __future__ import annotations

import asyncio

import pytest

from app.data.database import ModuleDatabase
from contracts.catalog import (
    AlreadyExists,
    Catalog,
    CategoryNotFound,
    InvalidPicture,
    InvalidPrice,
    NewProduct,
    Picture,
    PriceChanged,
    ProductAdded,
    ProductDiscontinued,
    ProductNotFound,
    Search,
    Sort,
    VariantNotFound,
)
from contracts.kit import Error
from contracts.values import CategoryId, Money, ProductId, Sku
from modules.catalog.container import CatalogContainer
from modules.catalog.settings import CatalogSettings
from tests.modules.catalog.builders import MUGS, category, facts, product, published, variant


async def test_a_category_needs_its_parent_and_an_id_and_slug_of_its_own(service: Catalog) -> None:
    await service.add_category(MUGS)
    for taken, problem in (
        (category("Cups", "nothing"), CategoryNotFound(category="nothing")),
        (category("Cups", "cups"), CategoryNotFound(category="cups")),
        (category("Cups", id="mugs"), AlreadyExists(what="id", value="mugs")),
        (category("Cups", slug="mugs"), AlreadyExists(what="slug", value="mugs")),
    ):
        with pytest.raises(Error) as caught:
            await service.add_category(taken)
        assert caught.value == problem
    assert await service.list_categories() == (MUGS,)


async def test_a_new_product_is_announced_once_it_is_there(service: Catalog, database: ModuleDatabase) -> None:
    await service.add_category(MUGS)
    await service.add_product(product("mug", variant("SKU-B", 2000), variant("SKU-A", 1000)))
    assert await published(database, ProductAdded) == [
        ProductAdded(product_id=ProductId("mug"), skus=(Sku("SKU-A"), Sku("SKU-B")))
    ]


@pytest.mark.parametrize(
    ("refused", "problem"),
    [
        (product("mug", variant("NEW")), AlreadyExists(what="id", value="mug")),
        (product("new", variant("MUG")), AlreadyExists(what="sku", value="MUG")),
        (product("new", variant("NEW"), variant("MUG")), AlreadyExists(what="sku", value="MUG")),
        (product("new", variant("NEW"), variant("NEW")), AlreadyExists(what="sku", value="NEW")),
        (product("new", category_id=CategoryId("pans")), CategoryNotFound(category="pans")),
        (product("new", variant("NEW", -1)), InvalidPrice(price=Money(amount=-1, currency="EUR"))),
        (product("new", variant("NEW", 1, "USD")), InvalidPrice(price=Money(amount=1, currency="USD"))),
        (product("new", picture=Picture(svg="<p/>")), None),
    ],
)
async def test_a_refused_product_leaves_nothing_behind(
    service: Catalog, database: ModuleDatabase, refused: NewProduct, problem: Error | None
) -> None:
    await service.add_category(MUGS)
    await service.add_product(product("mug"))
    with pytest.raises(Error) as caught:
        await service.add_product(refused)
    assert caught.value == problem if problem else isinstance(caught.value, InvalidPicture)
    assert [each.product_id for each in (await service.search(Search())).cards] == ["mug"]
    assert (await service.search(Search(text="new"))).cards == ()
    assert await service.get_offers((Sku("NEW"),)) == ()
    assert len(await published(database, ProductAdded)) == 1


async def test_of_two_who_take_the_same_id_at_once_one_is_refused(service: Catalog, database: ModuleDatabase) -> None:
    await service.add_category(MUGS)
    both = [service.add_product(product("mug", variant(sku))) for sku in ("SKU-A", "SKU-B")]
    results = await asyncio.gather(*both, return_exceptions=True)
    assert [each for each in results if isinstance(each, Exception)] == [AlreadyExists(what="id", value="mug")]
    assert len(await published(database, ProductAdded)) == 1


async def test_a_store_may_sell_in_another_currency(database: ModuleDatabase) -> None:
    service = CatalogContainer(database=database, settings=CatalogSettings(currency="JPY")).service()
    await service.add_category(MUGS)
    with pytest.raises(InvalidPrice):
        await service.add_product(product("mug"))
    added = await service.add_product(product("mug", variant("MUG", 1500, "JPY")))
    assert added.variants[0].price == Money(amount=1500, currency="JPY")


async def test_a_free_product_is_in_order(service: Catalog) -> None:
    await service.add_category(MUGS)
    assert (await service.add_product(product("sample", variant("FREE", 0)))).variants[0].price.amount == 0


async def test_a_changed_price_is_shown_sorted_by_and_announced(service: Catalog, database: ModuleDatabase) -> None:
    await service.add_category(MUGS)
    await service.add_product(product("mug", variant("SKU-A", 1000), variant("SKU-B", 2000)))
    await service.add_product(product("cup", variant("SKU-C", 1500)))
    lower = Money(amount=900, currency="EUR")
    assert [each.sku for each in (await service.change_price(Sku("SKU-B"), lower)).variants] == ["SKU-B", "SKU-A"]
    await service.change_price(Sku("SKU-A"), Money(amount=3000, currency="EUR"))
    cards = (await service.search(Search(sort=Sort.PRICE_UP))).cards
    assert [(each.product_id, each.price_from.amount) for each in cards] == [("mug", 900), ("cup", 1500)]
    assert [each.prices_differ for each in cards] == [True, False]
    await service.change_price(Sku("SKU-B"), Money(amount=5000, currency="EUR"))
    await service.change_price(Sku("SKU-A"), Money(amount=5000, currency="EUR"))
    cards = (await service.search(Search(sort=Sort.PRICE_UP))).cards
    assert [(each.product_id, each.price_from.amount) for each in cards] == [("cup", 1500), ("mug", 5000)]
    assert not any(each.prices_differ for each in cards)
    first, *others = await published(database, PriceChanged)
    assert first == PriceChanged(product_id=ProductId("mug"), sku=Sku("SKU-B"), price=lower)
    assert len(others) == 3


async def test_the_same_price_again_is_no_news(service: Catalog, database: ModuleDatabase) -> None:
    await service.add_category(MUGS)
    added = await service.add_product(product("mug"))
    assert await service.change_price(Sku("MUG"), added.variants[0].price) == added
    assert await published(database, PriceChanged) == []


@pytest.mark.parametrize("price", [Money(amount=-1, currency="EUR"), Money(amount=1, currency="USD")])
async def test_a_price_that_cannot_be_is_refused(service: Catalog, database: ModuleDatabase, price: Money) -> None:
    await service.add_category(MUGS)
    added = await service.add_product(product("mug"))
    with pytest.raises(InvalidPrice) as caught:
        await service.change_price(Sku("MUG"), price)
    assert caught.value.price == price
    assert await service.get_product(added.id) == added
    assert await published(database, PriceChanged) == []


async def test_an_unknown_variant_has_no_price_to_change(service: Catalog) -> None:
    with pytest.raises(VariantNotFound):
        await service.change_price(Sku("NOTHING"), Money(amount=1, currency="EUR"))


async def test_a_discontinued_product_is_shown_but_neither_listed_nor_found_nor_sold(
    service: Catalog, database: ModuleDatabase
) -> None:
    await service.add_category(MUGS)
    await service.add_product(product("mug", variant("SKU-A", Colour="Blue"), variant("SKU-B")))
    gone = await service.discontinue_product(ProductId("mug"))
    assert gone.discontinued
    assert await service.get_product(gone.id) == gone
    assert await service.get_products((gone.id,)) == (gone,)
    assert await service.get_offers((Sku("SKU-A"), Sku("SKU-B"))) == ()
    for search in (
        Search(),
        Search(text="mug"),
        Search(category_id=MUGS.id),
        Search(attributes=facts(Colour="Blue")),
        Search(price_max=10**6),
        *(Search(sort=sort) for sort in Sort),
    ):
        assert (await service.search(search)).cards == ()
    assert await service.discontinue_product(gone.id) == gone
    assert await published(database, ProductDiscontinued) == [
        ProductDiscontinued(product_id=gone.id, skus=(Sku("SKU-A"), Sku("SKU-B")))
    ]


async def test_an_unknown_product_cannot_be_discontinued(service: Catalog) -> None:
    with pytest.raises(ProductNotFound):
        await service.discontinue_product(ProductId("nothing"))
