"""What tests of the checkout do at the till."""

from __future__ import annotations

from tests.modules.storefront.world import HOME, Page, World, filled

TYPED = {"name": HOME.name, "street": HOME.street, "postal_code": HOME.postal_code, "city": HOME.city}


def order(desk: World, seen: Page | None = None, /, **typed: str) -> Page:
    """Press “Place order”."""
    return desk.submit((seen or desk.get("/checkout")).form("/checkout"), "Place order", **{**TYPED, **typed})


def key(page: Page) -> str:
    """Return the idempotency key of the checkout's form."""
    return dict(filled(page.form("/checkout")))["key"]
