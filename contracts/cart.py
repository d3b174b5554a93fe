"""What the store may ask of its carts."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Protocol

from msgspec import Meta

from contracts.kit import CUSTOMER, Error, Message, atomic, command, contract, query
from contracts.values import Money, ProductId, Sku

CartToken = Annotated[str, Meta(max_length=100, description="The secret name of a guest's cart.")]
LineQuantity = Annotated[int, Meta(ge=1, le=99)]


class Problem(StrEnum):
    """Why a line cannot be ordered as it stands."""

    UNKNOWN = "unknown"
    SOLD_OUT = "sold_out"
    TOO_FEW = "too_few"


class CartLine(Message):
    """One SKU in a cart. What the catalogue no longer sells has no price and no product.

    Its ``name`` and ``detail`` are then those of the time when it was added. ``available`` is None where
    the stock could not be asked, and for what is no longer sold.
    """

    sku: Sku
    quantity: int
    name: str
    detail: str
    product_id: ProductId | None
    unit_price: Money | None
    total: Money | None
    available: int | None
    problem: Problem | None


class Cart(Message):
    """A cart as it stands now. ``token`` is None for an account's cart, and where there is none.

    ``subtotal`` includes VAT and counts the lines that have a price; None where there is none. ``count``
    is how many items the lines hold.
    """

    token: str | None
    lines: tuple[CartLine, ...]
    subtotal: Money | None
    count: int

    def __repr__(self) -> str:
        token = self.token and "…"
        return f"Cart(token={token}, lines={self.lines!r}, subtotal={self.subtotal!r}, count={self.count!r})"


class CartFull(Error):
    """A cart holds at most 50 different SKUs."""

    code = "cart.full"


class UnknownItem(Error):
    """The catalogue sells no such SKU."""

    code = "cart.unknown_item"
    sku: Sku


class LineNotFound(Error):
    """The cart has no line with this SKU."""

    code = "cart.line_not_found"
    sku: Sku


@contract(version=1)
class Carts(Protocol):
    """Carts of guests, named by a token, and of accounts, found by the actor.

    Every operation works on the actor's own cart where the actor is logged in, and the token does not
    count; otherwise on the guest's cart of this token, and an unknown or missing token means a new one.
    """

    @query()
    async def get_cart(self, token: CartToken | None) -> Cart:
        """Return the cart with prices and availability as they are now; an empty one where there is none."""
        ...

    @query()
    async def count_items(self, token: CartToken | None) -> int:
        """Return how many items the cart holds, without asking anybody else."""
        ...

    @command(raises=(UnknownItem, CartFull))
    async def add_item(self, token: CartToken | None, sku: Sku, quantity: LineQuantity) -> Cart:
        """Add to the cart, up to 99 of each SKU: what is more is left out."""
        ...

    @command(raises=(LineNotFound,))
    async def set_quantity(self, token: CartToken | None, sku: Sku, quantity: LineQuantity) -> Cart:
        """Change how many of a SKU the cart holds."""
        ...

    @command(raises=(LineNotFound,))
    async def remove_item(self, token: CartToken | None, sku: Sku) -> Cart:
        """Take a SKU out of the cart."""
        ...

    @command(atomic, allow=CUSTOMER)
    async def merge(self, token: CartToken) -> None:
        """Move a guest's cart into the actor's own, adding up quantities (99 at most); an unknown token is no error.

        Lines that would be one too many for the actor's cart stay in the guest's. The system, which has no cart, is
        refused with `PermissionDenied`.
        """
        ...
