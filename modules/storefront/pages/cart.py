"""The cart: look into it, add, change, remove."""

from __future__ import annotations

from starlette.responses import Response

from contracts.cart import Cart, CartFull, LineNotFound, UnknownItem
from contracts.values import Sku
from modules.storefront.forms import Form, is_identifier, read_form
from modules.storefront.pages.product import show_product
from modules.storefront.refusals import BadRequest, damaged
from modules.storefront.visit import Visit


async def cart(visit: Visit) -> Response:
    """Show the cart."""
    return await _show(visit, Form())


async def add(visit: Visit) -> Response:
    """Put something into the cart. For htmx the answer is a confirmation and the new count."""
    form = await read_form(visit.request)
    sku, product_id = form.get("sku"), form.get("product")
    quantity = form.quantity("quantity") if form.get("quantity") else 1
    if not is_identifier(sku):
        form.problem = "Choose what you would like to add."
    if form.is_good:
        await visit.adopt_cart()
        try:
            filled = await visit.shop.carts.add_item(visit.cart, Sku(sku), quantity)
        except UnknownItem:
            form.problem = "This is not sold any more, so it was not added."
        except CartFull:
            form.problem = "Your cart is full: it holds 50 different items. Remove something first."
        else:
            return _added(visit, filled, Sku(sku))
    if visit.enhanced:
        return visit.page("fragments/added.html", 422, line=None, form=form)
    if not product_id:
        raise BadRequest(form.problem or form.errors["quantity"], status=422)
    return await show_product(visit, product_id, form, 422)


async def change(visit: Visit) -> Response:
    """Change how many of something the cart holds, or take it out."""
    form = await read_form(visit.request)
    sku = form.get("sku")
    removing = form.get("action") == "remove"
    quantity = 0 if removing else form.quantity("quantity")
    if not is_identifier(sku):
        raise damaged()
    if not form.is_good:
        return await _show(visit, form, 422)
    await visit.adopt_cart()
    try:
        if removing:
            await visit.shop.carts.remove_item(visit.cart, Sku(sku))
        else:
            await visit.shop.carts.set_quantity(visit.cart, Sku(sku), quantity)
    except LineNotFound:
        form.problem = "That item is not in your cart any more. This is what the cart holds now."
        return await _show(visit, form, 404)
    return visit.redirect("/cart")


async def adopt(visit: Visit) -> Response:
    """Bring along what was put into a guest's cart while the account could not be reached."""
    await visit.adopt_cart()
    return visit.redirect("/cart")


def _added(visit: Visit, filled: Cart, sku: Sku) -> Response:
    if filled.token is not None and visit.account is None:
        visit.cookies.keep_cart(filled.token)
    if not visit.enhanced:
        return visit.redirect("/cart")
    visit.count = filled.count
    line = next((each for each in filled.lines if each.sku == sku), None)
    return visit.page("fragments/added.html", line=line, form=Form())


async def _show(visit: Visit, form: Form, status: int = 200) -> Response:
    async with visit.loading() as calls:
        found = calls.create_task(visit.shop.carts.get_cart(visit.cart))
    held = found.result()
    visit.count = held.count
    return visit.page(
        "cart.html",
        status,
        cart=held,
        form=form,
        ready=bool(held.lines) and not any(line.problem for line in held.lines),
        stock_known=all(line.available is not None for line in held.lines if line.product_id is not None),
    )
