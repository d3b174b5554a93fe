"""What the contract of the catalogue promises to those who look."""

from __future__ import annotations

import pytest

from contracts.catalog import Card, Catalog, Category, CategoryNotFound, Offer, Product, ProductNotFound, Search
from contracts.kit import InvalidArgument, Role
from contracts.values import CategoryId, ProductId, Sku
from tests.conformance.goods import add_category, add_product, discontinue, new_product, new_sku
from tests.conformance.stage import Stage, fresh
from tests.modules.catalog.builders import PICTURE, facts, variant

MODULES = ("catalog",)


@pytest.fixture
def catalog(stage: Stage) -> Catalog:
    """The catalogue, called by a guest where nobody else acts."""
    return stage.contract(Catalog)


async def test_the_tree_has_parents_before_children_and_siblings_by_name(stage: Stage, catalog: Catalog) -> None:
    root = await add_category(stage)
    last = await add_category(stage, root, name="Mugs")
    first = await add_category(stage, root, name="Bowls")
    below = await add_category(stage, last, name="Aprons")
    tree = await catalog.list_categories()
    places = [tree.index(each) for each in (root, first, last, below)]
    assert places == sorted(places)
    parents = {each.parent_id for each in tree} - {None}
    seen: set[CategoryId] = set()
    for each in tree:
        assert each.parent_id is None or each.parent_id in seen
        seen.add(each.id)
    assert parents <= seen


async def test_a_product_is_shown_as_it_was_added_with_the_cheapest_variant_first(
    stage: Stage, catalog: Catalog
) -> None:
    category = await add_category(stage)
    dear, cheap = variant(new_sku(), 2000, grams=0, Colour="Blue"), variant(new_sku(), 1000, Colour="Red", Size="L")
    new = new_product(category, dear, cheap, description="A mug.\n\nBlue – or red.", attributes=facts(Material="Clay"))
    with stage.acting(Role.STAFF):
        added = await catalog.add_product(new)
    assert added == Product(
        id=new.id,
        name=new.name,
        brand=new.brand,
        category_id=category.id,
        description=new.description,
        attributes=new.attributes,
        variants=(cheap, dear),
    )
    assert await catalog.get_product(new.id) == added


async def test_a_discontinued_product_is_still_shown_and_one_that_never_was_is_not(
    stage: Stage, catalog: Catalog
) -> None:
    product = await add_product(stage, await add_category(stage))
    await discontinue(stage, product.id)
    assert (await catalog.get_product(product.id)).discontinued
    with pytest.raises(ProductNotFound) as refusal:
        await catalog.get_product(ProductId("nothing-like-it"))
    assert refusal.value.product_id == "nothing-like-it"


async def test_products_come_in_the_order_asked_for_without_unknown_ones(stage: Stage, catalog: Catalog) -> None:
    category = await add_category(stage)
    made = [await add_product(stage, category) for _ in range(3)]
    ids = (made[2].id, ProductId(fresh("unknown")), made[0].id, made[1].id)
    assert await catalog.get_products(ids) == (made[2], made[0], made[1])
    assert await catalog.get_products(()) == ()
    assert await catalog.get_products((ProductId("unknown"),) * 99 + (made[0].id,)) == (made[0],)
    with pytest.raises(InvalidArgument) as refusal:
        await catalog.get_products((made[0].id,) * 101)
    assert refusal.value.where == "catalog.get_products.product_ids"


async def test_offers_come_in_the_order_asked_for_as_they_are_sold_now(stage: Stage, catalog: Catalog) -> None:
    category = await add_category(stage, vat_rate=700)
    mug = await add_product(
        stage,
        category,
        variant(new_sku(), 1250, grams=400, Colour="Blue"),
        variant(new_sku(), 1500, Colour="Red"),
        attributes=facts(Material="Clay"),
    )
    gone = await add_product(stage, category)
    await discontinue(stage, gone.id)
    blue, red = (each.sku for each in mug.variants)
    offers = await catalog.get_offers((red, gone.variants[0].sku, Sku(fresh("unknown")), blue))
    assert [each.sku for each in offers] == [red, blue]
    assert offers[1] == Offer(
        sku=blue,
        product_id=mug.id,
        name=mug.name,
        attributes=facts(Colour="Blue"),
        price=mug.variants[0].price,
        vat_rate=700,
        weight_grams=400,
    )
    assert await catalog.get_offers((Sku("unknown"),) * 199 + (blue,)) == offers[1:]
    with pytest.raises(InvalidArgument):
        await catalog.get_offers((blue,) * 201)


async def test_a_picture_is_there_for_products_that_have_one(stage: Stage, catalog: Catalog) -> None:
    category = await add_category(stage)
    drawn, plain = await add_product(stage, category, picture=PICTURE), await add_product(stage, category)
    assert await catalog.get_picture(drawn.id) == PICTURE
    for product_id in (plain.id, ProductId(fresh("unknown"))):
        with pytest.raises(ProductNotFound) as refusal:
            await catalog.get_picture(product_id)
        assert refusal.value.product_id == product_id


async def test_an_export_has_every_product_by_id(stage: Stage, catalog: Catalog) -> None:
    category = await add_category(stage)
    made = [await add_product(stage, category) for _ in range(20)]
    await discontinue(stage, made[7].id)
    exported = [each async for each in catalog.export()]
    ids = [each.id for each in exported]
    assert ids == sorted(set(ids))
    ours = {each.id: each for each in exported if each.category_id == category.id}
    assert ours.keys() == {each.id for each in made}
    assert [each.id for each in ours.values() if each.discontinued] == [made[7].id]
    assert ours[made[0].id] == made[0]


async def test_an_export_can_be_left_and_begun_again(stage: Stage, catalog: Catalog) -> None:
    category = await add_category(stage)
    for _ in range(20):
        await add_product(stage, category)
    first = []
    for _ in range(2):
        stream = catalog.export()
        first.append([await anext(stream) for _ in range(3)])
        close = getattr(stream, "aclose", None)
        assert close is not None
        await close()
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
    assert first[0] == first[1]


async def test_a_category_is_narrowed_by_what_differs_most_frequent_first(stage: Stage, catalog: Catalog) -> None:
    root = await add_category(stage)
    below = await add_category(stage, root)
    mugs: tuple[tuple[Category, tuple[str, ...]], ...] = ((root, ("Red", "Blue")), (below, ("Blue",)), (below, ()))
    for category, colours in mugs:
        own = [variant(new_sku(), Colour=colour) for colour in colours]
        await add_product(stage, category, *own, attributes=facts(Material="Clay"))
    gone = await add_product(stage, below, variant(new_sku(), Colour="Green"))
    await discontinue(stage, gone.id)
    (facet,) = await catalog.list_facets(root.id)
    assert facet.name == "Colour"
    assert [(each.value, each.count) for each in facet.values] == [("Blue", 2), ("Red", 1)]
    assert await catalog.list_facets((await add_category(stage)).id) == ()
    with pytest.raises(CategoryNotFound) as refusal:
        await catalog.list_facets(CategoryId("nowhere"))
    assert refusal.value.category == "nowhere"


async def test_a_facet_has_its_50_most_frequent_values(stage: Stage, catalog: Catalog) -> None:
    category = await add_category(stage)
    own = [variant(new_sku(), Size=str(number)) for number in range(60)]
    await add_product(stage, category, *own)
    await add_product(stage, category, variant(new_sku(), Size="59"))
    (facet,) = await catalog.list_facets(category.id)
    assert len(facet.values) == 50
    assert (facet.values[0].value, facet.values[0].count) == ("59", 2)


async def test_a_card_shows_what_the_cheapest_costs_and_whether_prices_differ(stage: Stage, catalog: Catalog) -> None:
    category = await add_category(stage)
    mug = await add_product(stage, category, variant(new_sku(), 2000), variant(new_sku(), 1000))
    bowl = await add_product(stage, category, variant(new_sku(), 900), variant(new_sku(), 900))
    cards = (await catalog.search(Search(category_id=category.id))).cards
    assert cards[1] == Card(
        product_id=mug.id,
        name=mug.name,
        brand=mug.brand,
        category_id=category.id,
        price_from=mug.variants[0].price,
        prices_differ=True,
    )
    assert (cards[0].product_id, cards[0].prices_differ) == (bowl.id, False)
