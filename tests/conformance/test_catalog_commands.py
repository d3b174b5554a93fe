"""What the contract of the catalogue promises to staff."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from contracts.catalog import (
    AlreadyExists,
    Catalog,
    Category,
    CategoryNotFound,
    InvalidPicture,
    InvalidPrice,
    NewProduct,
    Picture,
    ProductNotFound,
    Search,
    VariantNotFound,
)
from contracts.kit import Conflict, Error, PermissionDenied, Role, idempotency_key
from contracts.values import CategoryId, Money, ProductId, Sku
from tests.conformance.goods import add_category, add_product, new_category, new_product, new_sku
from tests.conformance.stage import Stage, fresh
from tests.modules.catalog.builders import variant

MODULES = ("catalog",)

CHEAP, DEAR = Money(amount=100, currency="EUR"), Money(amount=9900, currency="EUR")


@pytest.fixture
def catalog(stage: Stage) -> Iterator[Catalog]:
    """The catalogue, called by one of the staff where nobody else acts."""
    with stage.acting(Role.STAFF):
        yield stage.contract(Catalog)


@pytest.mark.parametrize("role", [Role.GUEST, Role.CUSTOMER])
async def test_customers_change_nothing(stage: Stage, role: Role) -> None:
    catalog, category = stage.contract(Catalog), await add_category(stage)
    product = await add_product(stage, category)
    with stage.acting(role):
        for name, call in (
            ("add_category", catalog.add_category(new_category())),
            ("add_product", catalog.add_product(new_product(category))),
            ("change_price", catalog.change_price(product.variants[0].sku, CHEAP)),
            ("discontinue_product", catalog.discontinue_product(product.id)),
        ):
            with pytest.raises(PermissionDenied) as refusal:
                await call
            assert refusal.value.operation == f"catalog.{name}"
        assert await catalog.get_product(product.id) == product
        assert len((await catalog.search(Search(category_id=category.id))).cards) == 1


@pytest.mark.parametrize("role", [Role.STAFF, Role.OPERATOR, Role.SYSTEM])
async def test_staff_and_those_above_may(stage: Stage, role: Role) -> None:
    catalog = stage.contract(Catalog)
    with stage.acting(role):
        category = await catalog.add_category(new_category())
        product = await catalog.add_product(new_product(category))
        assert (await catalog.change_price(product.variants[0].sku, CHEAP)).variants[0].price == CHEAP
        assert (await catalog.discontinue_product(product.id)).discontinued


async def test_a_category_needs_its_parent_and_an_id_and_slug_of_its_own(catalog: Catalog) -> None:
    new = new_category()
    assert await catalog.add_category(new) == new
    for refused, problem in (
        (new_category(parent_id=CategoryId("nowhere")), CategoryNotFound(category="nowhere")),
        (new_category(id=new.id), AlreadyExists(what="id", value=new.id)),
        (new_category(slug=new.slug), AlreadyExists(what="slug", value=new.slug)),
    ):
        with pytest.raises(Error) as caught:
            await catalog.add_category(refused)
        assert caught.value == problem
    assert (await catalog.list_categories()).count(new) == 1


def refused_products(category: Category, there: NewProduct) -> list[tuple[NewProduct, Error]]:
    """Return what cannot be added beside a product, and why."""
    sku, taken = new_sku(), there.variants[0].sku
    debt, dollars = Money(amount=-1, currency="EUR"), Money(amount=1, currency="USD")
    return [
        (new_product(category, id=there.id), AlreadyExists(what="id", value=there.id)),
        (new_product(category, variant(sku), variant(taken)), AlreadyExists(what="sku", value=taken)),
        (new_product(category, variant(sku), variant(sku)), AlreadyExists(what="sku", value=sku)),
        (new_product(category, category_id=CategoryId("nowhere")), CategoryNotFound(category="nowhere")),
        (new_product(category, variant(sku, -1)), InvalidPrice(price=debt)),
        (new_product(category, variant(sku), variant(new_sku(), 1, "USD")), InvalidPrice(price=dollars)),
    ]


async def test_a_refused_product_leaves_nothing_behind(stage: Stage, catalog: Catalog) -> None:
    category = await add_category(stage)
    there = new_product(category)
    before = await catalog.add_product(there)
    for refused, problem in refused_products(category, there):
        with pytest.raises(Error) as caught:
            await catalog.add_product(refused)
        assert caught.value == problem
        assert await catalog.get_offers(tuple({each.sku for each in refused.variants} - {there.variants[0].sku})) == ()
    assert await catalog.get_product(there.id) == before
    assert [each.product_id for each in (await catalog.search(Search(category_id=category.id))).cards] == [there.id]


@pytest.mark.parametrize(
    "svg",
    [
        "no picture",
        "<p/>",
        "<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        "<svg xmlns='http://www.w3.org/2000/svg'><rect onclick='f()'/></svg>",
        "<svg xmlns='http://www.w3.org/2000/svg'><style/></svg>",
        "<svg xmlns='http://www.w3.org/2000/svg'><rect fill='url(http://example.org)'/></svg>",
    ],
)
async def test_a_picture_is_a_plain_drawing_or_refused(stage: Stage, catalog: Catalog, svg: str) -> None:
    with pytest.raises(InvalidPicture) as refusal:
        await catalog.add_product(new_product(await add_category(stage), picture=Picture(svg=svg)))
    assert refusal.value.problem


async def test_a_changed_price_holds_everywhere(stage: Stage, catalog: Catalog) -> None:
    product = await add_product(stage, await add_category(stage), variant(new_sku(), 1000), variant(new_sku(), 2000))
    first, second = (each.sku for each in product.variants)
    changed = await catalog.change_price(second, CHEAP)
    assert [(each.sku, each.price.amount) for each in changed.variants] == [(second, 100), (first, 1000)]
    assert await catalog.get_product(product.id) == changed
    assert [each.price for each in await catalog.get_offers((second,))] == [CHEAP]
    (card,) = (await catalog.search(Search(category_id=product.category_id))).cards
    assert (card.price_from, card.prices_differ) == (CHEAP, True)
    assert await catalog.change_price(second, CHEAP) == changed
    free = Money(amount=0, currency="EUR")
    assert (await catalog.change_price(first, free)).variants[0].price == free


async def test_a_price_that_cannot_be_is_refused(stage: Stage, catalog: Catalog) -> None:
    product = await add_product(stage, await add_category(stage))
    for price in (Money(amount=-1, currency="EUR"), Money(amount=1, currency="USD")):
        with pytest.raises(InvalidPrice) as refusal:
            await catalog.change_price(product.variants[0].sku, price)
        assert refusal.value.price == price
    with pytest.raises(VariantNotFound) as unknown:
        await catalog.change_price(Sku("UNKNOWN"), CHEAP)
    assert unknown.value.sku == "UNKNOWN"
    assert await catalog.get_product(product.id) == product


async def test_a_product_is_discontinued_once(stage: Stage, catalog: Catalog) -> None:
    product = await add_product(stage, await add_category(stage))
    gone = await catalog.discontinue_product(product.id)
    assert gone.discontinued
    assert await catalog.discontinue_product(product.id) == gone == await catalog.get_product(product.id)
    assert await catalog.get_offers((product.variants[0].sku,)) == ()
    with pytest.raises(ProductNotFound) as refusal:
        await catalog.discontinue_product(ProductId("unknown"))
    assert refusal.value.product_id == "unknown"


async def test_the_same_key_has_one_effect_and_one_answer(stage: Stage, catalog: Catalog) -> None:
    category, key = await add_category(stage), fresh("key")
    new = new_product(category)
    with idempotency_key(key):
        first = await catalog.add_product(new)
        await catalog.change_price(new.variants[0].sku, DEAR)  # the same key, for another operation
        assert await catalog.add_product(new) == first
        with pytest.raises(Conflict) as refusal:
            await catalog.add_product(new_product(category))
    assert refusal.value.operation == "catalog.add_product"
    with idempotency_key(fresh("key")), pytest.raises(AlreadyExists):
        await catalog.add_product(new)
    assert (await catalog.get_product(new.id)).variants[0].price == DEAR


async def test_the_same_key_has_one_refusal(stage: Stage, catalog: Catalog) -> None:
    category = await add_category(stage)
    sku, key = new_sku(), fresh("key")
    with idempotency_key(key), pytest.raises(VariantNotFound):
        await catalog.change_price(sku, CHEAP)
    await add_product(stage, category, variant(sku))
    with idempotency_key(key), pytest.raises(VariantNotFound) as refusal:
        await catalog.change_price(sku, CHEAP)
    assert refusal.value.sku == sku
    with idempotency_key(key), pytest.raises(Conflict):
        await catalog.change_price(sku, DEAR)
    assert (await catalog.change_price(sku, CHEAP)).variants[0].price == CHEAP


async def test_a_key_is_its_actors_own(stage: Stage, catalog: Catalog) -> None:
    new, key = new_product(await add_category(stage)), fresh("key")
    with idempotency_key(key):
        await catalog.add_product(new)
    with stage.acting(Role.STAFF), idempotency_key(key), pytest.raises(AlreadyExists):
        await catalog.add_product(new)


async def test_of_many_arrivals_at_once_with_one_key_all_get_the_one_answer(stage: Stage, catalog: Catalog) -> None:
    new = new_product(await add_category(stage))
    with idempotency_key(fresh("key")):
        answers = await asyncio.gather(*(catalog.add_product(new) for _ in range(5)))
    assert answers == [await catalog.get_product(new.id)] * 5


async def test_of_two_who_take_the_same_id_at_once_one_is_refused(stage: Stage, catalog: Catalog) -> None:
    category, id_ = await add_category(stage), ProductId(fresh("product"))
    both = (catalog.add_product(new_product(category, id=id_)) for _ in range(2))
    results = await asyncio.gather(*both, return_exceptions=True)
    assert [each for each in results if isinstance(each, Exception)] == [AlreadyExists(what="id", value=id_)]
