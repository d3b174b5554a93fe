"""Categories, products, offers, pictures and the export, as they are read."""

from __future__ import annotations

import pytest

from contracts.catalog import Catalog, CategoryNotFound, Facet, Offer, ProductNotFound
from contracts.values import CategoryId, Money, ProductId, Sku
from modules.catalog.container import CatalogContainer
from tests.modules.catalog.builders import MUGS, PICTURE, category, facts, product, stock, variant


async def test_categories_come_parents_first_and_siblings_by_name(service: Catalog) -> None:
    for each in (
        category("Kitchen"),
        category("Garden"),
        category("mugs", "kitchen"),
        category("Éclair tins", "kitchen", slug="eclair-tins"),
        category("Tall mugs", "mugs", id="tall", slug="tall"),
    ):
        await service.add_category(each)
    assert [each.name for each in await service.list_categories()] == [
        "Garden",
        "Kitchen",
        "Éclair tins",
        "mugs",
        "Tall mugs",
    ]


async def test_a_product_is_returned_as_it_was_added_with_its_cheapest_variant_first(service: Catalog) -> None:
    await service.add_category(MUGS)
    new = product(
        "ember-mug",
        variant("DEAR", 2000, Colour="Blue"),
        variant("FIRST-CHEAP", 1500, Colour="Red", Size="L"),
        variant("SECOND-CHEAP", 1500),
        name="Ember Mug — “350 ml”",
        description="A mug.\nGood.",
        attributes=facts(Material="Stoneware", Capacity="350 ml"),
    )
    added = await service.add_product(new)
    assert added == await service.get_product(ProductId("ember-mug"))
    assert [each.sku for each in added.variants] == ["FIRST-CHEAP", "SECOND-CHEAP", "DEAR"]
    assert added.variants[0].attributes == facts(Colour="Red", Size="L")
    assert added.variants[2].price == Money(amount=2000, currency="EUR")
    assert (added.name, added.brand, added.description) == (new.name, "Acme", "A mug.\nGood.")
    assert (added.attributes, added.category_id, added.discontinued) == (new.attributes, MUGS.id, False)


async def test_an_unknown_product_is_not_found(service: Catalog) -> None:
    with pytest.raises(ProductNotFound) as caught:
        await service.get_product(ProductId("nothing"))
    assert caught.value == ProductNotFound(product_id=ProductId("nothing"))


async def test_a_batch_keeps_the_order_asked_for_and_leaves_out_what_is_unknown(service: Catalog) -> None:
    await service.add_category(MUGS)
    for name in ("a", "b", "c"):
        await service.add_product(product(name, variant(f"{name.upper()}-1"), variant(f"{name.upper()}-2")))
    asked = tuple(ProductId(name) for name in ("c", "nothing", "a", "c"))
    found = await service.get_products(asked)
    assert [each.id for each in found] == ["c", "a", "c"]
    assert all(len(each.variants) == 2 for each in found)
    assert await service.get_products(()) == ()


async def test_an_offer_says_what_an_order_needs_to_know(service: Catalog) -> None:
    await service.add_category(category("Books", vat_rate=700))
    await service.add_product(
        product(
            "a-book",
            variant("PAPER", 1290, grams=320, Format="Paperback"),
            variant("BOARD", 2490, grams=500, Format="Hardback"),
            name="A Book",
            category_id=CategoryId("books"),
            attributes=facts(Author="A. N. Other"),
        )
    )
    assert await service.get_offers((Sku("BOARD"), Sku("NOTHING"), Sku("PAPER"))) == (
        Offer(
            sku=Sku("BOARD"),
            product_id=ProductId("a-book"),
            name="A Book",
            attributes=facts(Format="Hardback"),
            price=Money(amount=2490, currency="EUR"),
            vat_rate=700,
            weight_grams=500,
        ),
        Offer(
            sku=Sku("PAPER"),
            product_id=ProductId("a-book"),
            name="A Book",
            attributes=facts(Format="Paperback"),
            price=Money(amount=1290, currency="EUR"),
            vat_rate=700,
            weight_grams=320,
        ),
    )


async def test_a_picture_is_found_where_there_is_one(service: Catalog) -> None:
    await service.add_category(MUGS)
    await service.add_product(product("drawn", picture=PICTURE))
    await service.add_product(product("undrawn"))
    assert await service.get_picture(ProductId("drawn")) == PICTURE
    for without in ("undrawn", "nothing"):
        with pytest.raises(ProductNotFound):
            await service.get_picture(ProductId(without))


async def test_the_export_yields_every_product_once_by_id(container: CatalogContainer, service: Catalog) -> None:
    names = [f"mug-{number:03d}" for number in range(230)]  # more than two batches
    pairs = {name: (variant(f"{name.upper()}-A"), variant(f"{name.upper()}-B")) for name in names}
    await stock(container, [MUGS], [product(name, *pairs[name]) for name in reversed(names)])
    await service.discontinue_product(ProductId("mug-007"))
    exported = [each async for each in service.export()]
    assert [each.id for each in exported] == names
    assert [each.id for each in exported if each.discontinued] == ["mug-007"]
    assert {len(each.variants) for each in exported} == {2}


def _shown(facets: tuple[Facet, ...]) -> list[tuple[str, list[tuple[str, int]]]]:
    return [(facet.name, [(each.value, each.count) for each in facet.values]) for facet in facets]


async def test_facets_count_products_and_leave_out_what_all_share(service: Catalog) -> None:
    for each in (category("Kitchen"), category("Mugs", "kitchen"), category("Pans", "kitchen"), category("Garden")):
        await service.add_category(each)
    await service.add_product(
        product("m1", variant("M1-B", Colour="Blue"), variant("M1-R", Colour="Red"), attributes=facts(Use="Food"))
    )
    await service.add_product(
        product(
            "m2",
            variant("M2-B1", Size="S", Colour="Blue"),
            variant("M2-B2", Size="L", Colour="Blue"),
            attributes=facts(Use="Food"),
        )
    )
    await service.add_product(
        product("p1", attributes=facts(Use="Food", Colour="Blue"), category_id=CategoryId("pans"))
    )
    await service.add_product(product("gone", variant("GONE", Colour="Green")))
    await service.discontinue_product(ProductId("gone"))

    assert _shown(await service.list_facets(CategoryId("kitchen"))) == [
        ("Colour", [("Blue", 3), ("Red", 1)]),
        ("Size", [("L", 1), ("S", 1)]),
    ]
    assert _shown(await service.list_facets(CategoryId("pans"))) == []
    assert _shown(await service.list_facets(CategoryId("garden"))) == []
    with pytest.raises(CategoryNotFound):
        await service.list_facets(CategoryId("nothing"))
