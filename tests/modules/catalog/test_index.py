"""The full-text index: the same words are found on either engine, whatever they are written with."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from app.data.database import ModuleDatabase
from contracts.catalog import Catalog, Search
from contracts.values import ProductId
from modules.catalog.container import CatalogContainer
from modules.catalog.store.indexing import derive
from tests.databases import Places
from tests.modules.catalog.builders import MUGS, facts, product, stock

LONG = "q" * 3000
"""Longer than a word of PostgreSQL's may be."""


async def found(service: Catalog, words: str) -> list[ProductId]:
    return [card.product_id for card in (await service.search(Search(text=words, limit=100))).cards]


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("L'Été d'O'Brien", ("l'ete", "O'Brien", "été", "brien l")),
        ("C:\\mugs\\", ("c mugs", "MUGS", "\\mugs")),
        ("Half ½ of №5, 2³ and ①", ("½", "5", "2", "①", "half 2")),
        ("Mug-and-saucer 1.5e3 / 12:30", ("saucer", "1", "5e", "5e3 mug", "30", "1.5e3")),
        ("http://mugs.example/a&b|c!(d)", ("example", "mugs.example", "a&b", "a | b", "!c d", "d:*", "<-> b")),
        ("Кружка Эмбер", ("круж", "КРУЖКА", "эмбер кру")),
        ("Κούπα Ἀθήνα", ("Κούπα", "κο")),
        ("東京 マグ", ("東", "東京", "マグ")),
        ("کاسه آبی", ("کاسه", "کا")),
        ("\N{SNOWMAN} Snow_man", ("snow", "man snow")),
        (f"Mug {LONG[:150]}", ("q" * 100, LONG[:150] + " mug")),
    ],
)
async def test_every_word_is_found_by_its_beginning(service: Catalog, name: str, texts: tuple[str, ...]) -> None:
    await service.add_category(MUGS)
    await service.add_product(product("wanted", name=name, brand="Acme"))
    await service.add_product(product("other", name="Zzz", brand="Other", description="Zzz."))
    for words in (name[:200], *texts):
        assert await found(service, words) == ["wanted"], words
    assert await found(service, "nothing") == []


async def test_what_is_folded_further_on_postgresql_is_found_by_both_spellings(
    service: Catalog, places: Places
) -> None:
    await service.add_category(MUGS)
    await service.add_product(product("wanted", name="Straße", description="For 2³."))
    for spelt, also in (("straße", "strasse"), ("2³", "23")):
        assert await found(service, spelt) == ["wanted"]
        assert await found(service, also) == (["wanted"] if places.engine == "postgresql" else [])


async def test_a_word_may_be_of_any_length(service: Catalog) -> None:
    await service.add_category(MUGS)
    kind = facts(Kind="\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 100)  # 18 letters each
    await service.add_product(product("wanted", description=f"{LONG} end", attributes=kind))
    for words in (LONG[:200], "end", "q wanted"):
        assert await found(service, words) == ["wanted"], words


async def test_where_the_text_is_the_name_comes_before_where_it_is_in_the_name(service: Catalog) -> None:
    await service.add_category(MUGS)
    await service.add_product(product("exact", name="Ember Mug"))
    await service.add_product(product("longer", name="Ember Mug with a Saucer, a Spoon and a Lid"))
    await service.add_product(product("described", name="Spoon", description="For the Ember Mug."))
    for words in ("ember mug", "MUG ember", "emb mu"):
        assert await found(service, words) == ["exact", "longer", "described"], words


async def test_an_index_is_made_anew_of_the_products(
    container: CatalogContainer, service: Catalog, database: ModuleDatabase, places: Places
) -> None:
    names = [f"mug-{number:03}" for number in range(105)]
    blue = facts(Colour="Blue")
    await stock(container, [MUGS], [product(name, description="Keeps warm.", attributes=blue) for name in names])
    before = await found(service, "warm blue mug")
    table = "product_search" if places.engine == "sqlite" else "product_vectors"
    async with database.write() as work:
        await work.session.execute(text(f"DELETE FROM {table}"))
    assert await found(service, "warm blue mug") == []
    for _ in range(2):  # the second time all are there
        async with database.write() as work:
            numbers = (await work.session.execute(text("SELECT number FROM products"))).scalars().all()
            await derive(work.session, [*numbers, 10**6])
    assert before
    assert await found(service, "warm blue mug") == before
