"""The work that is measured: one product of about 400 bytes, and a page of twenty."""

from __future__ import annotations

from typing import Annotated, Protocol, final

import msgspec
from msgspec import Meta

from contracts.catalog import Attribute, Product, ProductNotFound, Variant
from contracts.kit import CUSTOMER, Actor, Role, contract, query
from contracts.values import CategoryId, Money, ProductId, Sku

ANN = Actor(id="ann", roles=frozenset({Role.CUSTOMER}))
"""Who asks."""


def _product(number: int) -> Product:
    return Product(
        id=ProductId(f"ember-mug-{number:02}"),
        name="Ember mug",
        brand="Ember",
        category_id=CategoryId("mugs"),
        description="A stoneware mug with a thick wall and a wide handle. Dishwasher-safe.",
        attributes=(Attribute(name="material", value="stoneware"),),
        variants=tuple(
            Variant(
                sku=Sku(f"MUG-{number:02}-{colour[:2].upper()}"),
                attributes=(Attribute(name="colour", value=colour),),
                price=Money(amount=1290 + number, currency="EUR"),
                weight_grams=350,
            )
            for colour in ("blue", "red")
        ),
    )


PRODUCTS = {each.id: each for each in map(_product, range(20))}
PAGE = tuple(PRODUCTS)
ONE = PAGE[0]


@contract(version=1)
class Shelf(Protocol):
    """The catalogue's most frequent operations, with all that its semantics ask of the pipeline."""

    @query(deadline=0.5, allow=CUSTOMER, raises=(ProductNotFound,))
    async def get_product(self, product_id: ProductId) -> Product:
        """Return one product."""
        ...

    @query(allow=CUSTOMER)
    async def get_products(
        self, product_ids: Annotated[tuple[ProductId, ...], Meta(max_length=100)]
    ) -> tuple[Product, ...]:
        """Return several products."""
        ...


@final
class Products(Shelf):
    """Answers at once, so that only the way to it is measured."""

    async def get_product(self, product_id: ProductId) -> Product:
        return PRODUCTS[product_id]

    async def get_products(self, product_ids: tuple[ProductId, ...]) -> tuple[Product, ...]:
        return tuple(map(PRODUCTS.__getitem__, product_ids))


if __name__ == "__main__":
    print(len(msgspec.msgpack.encode(PRODUCTS[ONE])), len(msgspec.json.encode(PRODUCTS[ONE])))
