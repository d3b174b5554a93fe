"""What is to be found of products, and the index of every kind of database."""

from __future__ import annotations

from contracts.catalog import Product
from modules.catalog import domain
from modules.catalog.store.search_postgresql import PostgresqlTextIndex
from modules.catalog.store.search_sqlite import SqliteTextIndex
from modules.catalog.store.text_index import Document, TextIndexes


def text_indexes() -> TextIndexes:
    """Return the index of every kind of database."""
    return TextIndexes(sqlite=SqliteTextIndex(), postgresql=PostgresqlTextIndex())


def document_of(product: Product, number: int) -> Document:
    """Return what is to be found of a product."""
    own = [each for variant in product.variants for each in variant.attributes]
    return Document(
        number, product.name, product.brand, domain.searchable([*product.attributes, *own]), product.description
    )
