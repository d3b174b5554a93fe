"""The storefront's web application: its addresses, and the page behind each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contracts.kit import Error
from modules.storefront.assets import Assets
from modules.storefront.faults import answer
from modules.storefront.pages import account, browse, cart, checkout, orders, product, sessions
from modules.storefront.refusals import Refusal
from modules.storefront.shop import Shop
from modules.storefront.visit import Visit

Page = Callable[[Visit], Awaitable[Response]]

PAGES: tuple[tuple[str, str, Page], ...] = (
    ("GET", "/", browse.home),
    ("GET", "/categories/{slug}", browse.category),
    ("GET", "/search", browse.search),
    ("GET", "/products/{product_id}", product.product),
    ("GET", "/cart", cart.cart),
    ("POST", "/cart/items", cart.add),
    ("POST", "/cart/change", cart.change),
    ("POST", "/cart/adopt", cart.adopt),
    ("GET", "/register", sessions.register_form),
    ("POST", "/register", sessions.register),
    ("GET", "/log-in", sessions.log_in_form),
    ("POST", "/log-in", sessions.log_in),
    ("POST", "/log-out", sessions.log_out),
    ("GET", "/checkout", checkout.checkout),
    ("POST", "/checkout", checkout.place),
    ("GET", "/orders", orders.orders),
    ("GET", "/orders/{order_id}", orders.order),
    ("POST", "/orders/{order_id}/cancel", orders.cancel),
    ("GET", "/account", account.account),
    ("POST", "/account/name", account.rename),
    ("POST", "/account/addresses", account.add_address),
    ("POST", "/account/addresses/remove", account.remove_address),
    ("POST", "/account/password", account.change_password),
)
"""GET is safe; whatever changes something is POST, and ends in a redirect where it succeeds."""


def create_app(shop: Shop, assets: Assets) -> Starlette:
    """Build the application. Security headers, limits on requests and the defence against forged ones are
    the gateway's."""
    fault = partial(answer, shop)
    return Starlette(
        routes=[
            Route("/pictures/{product_id}.svg", partial(product.picture, shop)),
            Route("/static/{tag}/{name}", assets.serve),
            *(Route(path, _endpoint(shop, page), methods=[method]) for method, path, page in PAGES),
        ],
        exception_handlers=dict.fromkeys((Refusal, Error, HTTPException, Exception), fault),
    )


def _endpoint(shop: Shop, page: Page) -> Callable[[Request], Awaitable[Response]]:
    async def show(request: Request) -> Response:
        visit = request.scope["storefront.visit"] = Visit(shop, request)
        await visit.identify()
        with visit.acting():
            response = await page(visit)
        visit.cookies.write(response)
        return response

    return show
