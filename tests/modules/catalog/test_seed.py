"""The demonstration catalogue: coherent, the same everywhere, and only ever added."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from xml.etree import ElementTree

import pytest
from sqlalchemy import text

from app.data.database import ModuleDatabase
from contracts.catalog import Catalog, NewProduct, Product, ProductAdded, Search
from contracts.kit import SeedSize
from contracts.values import Money
from modules.catalog.container import CatalogContainer
from modules.catalog.module import module
from modules.catalog.pictures import check_picture
from modules.catalog.seed import generator
from modules.catalog.settings import CatalogSettings
from tests.modules.catalog.builders import published


@pytest.fixture(scope="module")
def made() -> list[NewProduct]:
    """The catalogue at size M."""
    return list(generator.products(generator.PRODUCTS[SeedSize.M], "EUR"))


async def _seed(container: CatalogContainer, size: SeedSize = SeedSize.S) -> list[tuple[int, int]]:
    progress: list[tuple[int, int]] = []
    assert module.seed is not None
    await module.seed(container, size, lambda done, total: progress.append((done, total)))
    return progress


async def _exported(service: Catalog) -> list[Product]:
    return [each async for each in service.export()]


async def test_a_seeded_store_has_everything_a_shop_needs(
    container: CatalogContainer, service: Catalog, database: ModuleDatabase
) -> None:
    assert (await _seed(container))[-1] == (120, 120)
    exported = await _exported(service)
    assert len(exported) == 120
    tree = await service.list_categories()
    leaves = {each.id for each in tree} - {each.parent_id for each in tree}
    assert {each.category_id for each in exported} == leaves
    assert {each.vat_rate for each in tree} == {700, 1900}
    for each in exported:
        assert (await service.get_picture(each.id)).svg
    assert (await service.search(Search(text=exported[0].name))).cards[0].product_id == exported[0].id
    assert all([await service.list_facets(leaf) for leaf in leaves])
    announced = await published(database, ProductAdded)
    assert sorted(event.ordering_key() for event in announced) == [each.id for each in exported]


@pytest.fixture
def smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the sizes smaller than they are, where it is not the size that matters."""
    monkeypatch.setitem(generator.PRODUCTS, SeedSize.S, 40)
    monkeypatch.setitem(generator.PRODUCTS, SeedSize.M, 210)


@pytest.mark.usefixtures("smaller")
async def test_seeding_again_changes_nothing(
    container: CatalogContainer, service: Catalog, database: ModuleDatabase
) -> None:
    await _seed(container)
    first = await _exported(service)
    sold = await service.discontinue_product(first[0].id)
    dearer = await service.change_price(first[1].variants[0].sku, Money(amount=999_900, currency="EUR"))
    before, written = await _exported(service), await _written(database)
    assert await _seed(container) == [(40, 40)]
    assert await _exported(service) == before
    assert [each for each in before if each.id in (sold.id, dearer.id)] == [sold, dearer]
    assert await _written(database) == written


async def _written(database: ModuleDatabase) -> int:
    async with database.read() as session:
        return int((await session.execute(text("SELECT max(sequence) FROM freestone_outbox"))).scalar_one())


@pytest.mark.usefixtures("smaller")
async def test_a_larger_size_adds_what_is_missing(container: CatalogContainer, service: Catalog) -> None:
    await _seed(container)
    small = await _exported(service)
    assert await _seed(container, SeedSize.M) == [(100, 210), (200, 210), (210, 210)]
    large = {each.id: each for each in await _exported(service)}
    assert len(large) == 210
    assert [large[each.id] for each in small] == small


@pytest.mark.usefixtures("smaller")
async def test_the_demonstration_is_priced_in_the_stores_currency(database: ModuleDatabase) -> None:
    container = CatalogContainer(database=database, settings=CatalogSettings(currency="CHF"))
    await _seed(container)
    cards = (await container.service().search(Search(limit=100))).cards
    assert {card.price_from.currency for card in cards} == {"CHF"}


def test_the_same_products_come_in_the_same_order_and_fewer_are_the_beginning_of_more(made: list[NewProduct]) -> None:
    assert list(generator.products(120, "EUR")) == made[:120]


def test_the_catalogue_does_not_change_by_itself(made: list[NewProduct]) -> None:
    """One product, word for word: whoever changes the grammar sees it here."""
    first = made[0]
    assert (first.id, first.name, first.brand) == (
        "highland-porcelain-tall-mug-450-ml",
        "Highland Porcelain Tall Mug, 450 ml",
        "Fernhollow",
    )
    assert [(each.sku, each.price.amount, each.weight_grams) for each in first.variants] == [
        ("MUG-0001-SAGE", 1890, 430),
        ("MUG-0001-BRIC", 1890, 430),
    ]


def test_nothing_has_the_name_of_another(made: list[NewProduct]) -> None:
    assert len(made) == 5_000
    for taken in (
        [each.id for each in made],
        [each.name for each in made],
        [one.sku for each in made for one in each.variants],
    ):
        assert [name for name, count in Counter(taken).items() if count > 1] == []


def test_every_product_is_in_a_leaf_category(made: list[NewProduct]) -> None:
    tree = list(generator.categories())
    leaves = {each.id for each in tree} - {each.parent_id for each in tree}
    assert {each.category_id for each in made} == leaves
    assert max(Counter(each.category_id for each in made).values()) < 300


def test_every_product_reads_and_costs_as_in_a_shop(made: list[NewProduct]) -> None:
    for each in made:
        sentences = re.split(r"(?<=[.!?]) ", each.description)
        assert 2 <= len(sentences) <= 5, each.description
        assert not re.search(r"[{}]|  |\.\.| ,", f"{each.name} {each.description}"), each
        assert each.name[0].isupper()
        for one in each.variants:
            assert 100 <= one.price.amount < 100_000
            assert one.weight_grams > 0
            assert [fact.name for fact in one.attributes] == [fact.name for fact in each.variants[0].attributes]
        assert len({one.attributes for one in each.variants}) == len(each.variants)


def test_every_picture_is_a_small_drawing_with_a_title(made: list[NewProduct]) -> None:
    for each in islice(made, 0, None, 7):
        assert each.picture is not None
        assert len(each.picture.svg.encode()) < 4_096
        check_picture(each.picture.svg)
        root = ElementTree.fromstring(each.picture.svg)
        names = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert "script" not in names
        assert names >= {"svg", "title", "desc"}
        assert root[0].text == each.name


def test_pictures_differ(made: list[NewProduct]) -> None:
    drawn = {each.picture.svg.partition("<defs>")[2] for each in made if each.picture}
    assert len(drawn) > 2_000
