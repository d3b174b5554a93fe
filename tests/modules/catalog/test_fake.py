"""What the catalogue's fake begins with; the rest is the conformance suite's."""

from __future__ import annotations

from itertools import islice

import pytest

from contracts.catalog import InvalidPrice, Search
from contracts.kit import SeedSize
from contracts.values import CategoryId
from modules.catalog.fake.catalog import AT_FIRST, FakeCatalog
from modules.catalog.seed import generator
from modules.catalog.settings import CatalogSettings
from tests.modules.catalog.builders import MUGS, category, product, variant

NAMES = {each.name for each in islice(generator.products(generator.PRODUCTS[SeedSize.S], "EUR"), AT_FIRST)}


async def test_it_begins_like_the_demonstration_catalogue() -> None:
    fake = FakeCatalog(CatalogSettings())
    found = [each async for each in fake.export()]
    assert {each.name for each in found} == NAMES
    leaves = {each.id for each in await fake.list_categories() if each.parent_id is not None}
    assert {each.category_id for each in found} == leaves
    assert (await fake.get_picture(found[0].id)).svg


async def test_it_begins_with_what_it_is_given() -> None:
    fake = FakeCatalog(CatalogSettings(), [MUGS, category("Tall", "mugs")], [product("mug")])
    assert [each.id for each in await fake.list_categories()] == [MUGS.id, CategoryId("tall")]
    assert [each.product_id for each in (await fake.search(Search())).cards] == ["mug"]


async def test_it_sells_in_the_stores_currency() -> None:
    fake = FakeCatalog(CatalogSettings(currency="JPY"))
    assert {each.price_from.currency for each in (await fake.search(Search())).cards} == {"JPY"}
    (first, *_) = await fake.list_categories()
    with pytest.raises(InvalidPrice):
        await fake.add_product(product("mug", variant("MUG", 1), category_id=first.id))
