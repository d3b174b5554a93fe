"""One product, and its picture."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from contracts.catalog import Product, ProductNotFound
from contracts.inventory import Availability
from contracts.kit import PermissionDenied
from contracts.values import ProductId, Sku
from modules.storefront import tree
from modules.storefront.assets import content_tag, is_known
from modules.storefront.forms import Form, is_identifier
from modules.storefront.refusals import NotFound
from modules.storefront.shop import Shop
from modules.storefront.visit import OUTAGES, Visit

_NO_PICTURE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400"><rect width="400" height="400" fill="#ece5da"/>'
    b'<path d="M120 260l50-60 36 42 28-32 46 50z" fill="none" stroke="#b8ab98" stroke-width="8" '
    b'stroke-linejoin="round"/><circle cx="250" cy="150" r="18" fill="#b8ab98"/></svg>'
)

_PICTURE_HEADERS: Mapping[str, str] = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "x-content-type-options": "nosniff",
}


async def product(visit: Visit) -> Response:
    """Show a product with its variants."""
    return await show_product(visit, visit.request.path_params["product_id"], Form())


async def show_product(visit: Visit, product_id: str, form: Form, status: int = 200) -> Response:
    """Show a product, with what was wrong about putting it into the cart, if anything was."""
    if not is_identifier(product_id):
        raise NotFound
    try:
        async with visit.loading() as calls:
            found = calls.create_task(_with_stock(visit, ProductId(product_id)))
    except ProductNotFound:
        raise NotFound from None
    shown, stock = found.result()
    left = {each.sku: each.available for each in stock or ()}
    return visit.page(
        "product.html",
        status,
        product=shown,
        left=left,
        stock_known=stock is not None,
        chosen=form.get("sku") or _first_choice(shown, left),
        trail=tree.trail(visit.menu or (), shown.category_id),
        distinct=_distinct(shown),
        form=form,
    )


async def picture(shop: Shop, request: Request) -> Response:
    """Answer with a product's picture; where there is none, with a drawing that says so."""
    product_id = request.path_params["product_id"]
    try:
        if not is_identifier(product_id):
            raise ProductNotFound(product_id=ProductId(product_id))
        found = await shop.catalog.get_picture(ProductId(product_id))
    except ProductNotFound:
        return Response(_NO_PICTURE, 404, {**_PICTURE_HEADERS, "cache-control": "no-cache"}, "image/svg+xml")
    except (*OUTAGES, PermissionDenied):
        return Response(_NO_PICTURE, 503, {**_PICTURE_HEADERS, "cache-control": "no-store"}, "image/svg+xml")
    content = found.svg.encode()
    tag = content_tag(content)
    headers = {**_PICTURE_HEADERS, "cache-control": "public, max-age=3600", "etag": f'"{tag}"'}
    if is_known(request, tag):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type="image/svg+xml")


async def _with_stock(visit: Visit, product_id: ProductId) -> tuple[Product, tuple[Availability, ...] | None]:
    found = await visit.shop.catalog.get_product(product_id)
    if found.discontinued:
        return found, ()
    skus = tuple(variant.sku for variant in found.variants)
    try:
        return found, await visit.shop.inventory.get_availability(skus)
    except OUTAGES:
        return found, None


def _first_choice(shown: Product, left: dict[Sku, int]) -> Sku:
    """The cheapest variant that can be had, otherwise the cheapest."""
    return next((each.sku for each in shown.variants if left.get(each.sku)), shown.variants[0].sku)


def _distinct(shown: Product) -> str:
    """Name what sets the variants apart, e.g. Colour and size."""
    names = list(dict.fromkeys(attribute.name for variant in shown.variants for attribute in variant.attributes))
    return " and ".join(names).capitalize() if names else "Variant"
