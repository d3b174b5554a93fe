# mypy: allow-untyped-decorators, no-warn-unused-ignores
# FastAPI and httpx have types where `make bench` has installed them.
"""The pages: the same as the store's, without their looks."""

from __future__ import annotations

import asyncio
import re
import secrets
from pathlib import Path
from typing import Annotated, Any, TypeVar

import jinja2
from fastapi import FastAPI, Form, Request  # type: ignore[import-not-found]
from fastapi.responses import HTMLResponse, RedirectResponse, Response  # type: ignore[import-not-found]
from pydantic import TypeAdapter

from bench.stand_in.models import (
    Address,
    Availability,
    Card,
    Cart,
    Category,
    Facet,
    Identity,
    Item,
    Line,
    Money,
    Product,
    Registration,
    SavedAddress,
    Search,
    Session,
)
from bench.stand_in.purchase import Order, OrderRequest, OrderSummary, Quote, QuoteRequest
from bench.stand_in.service import Clients, bearer, make_service

T = TypeVar("T")

COUNTRIES = (
    "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE", "IS",
    "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
)  # fmt: skip
CARDS = {
    "tok_success": "Test card: accepted",
    "tok_slow": "Test card: accepted after a few seconds",
    "tok_decline": "Test card: declined",
    "tok_insufficient_funds": "Test card: not enough money",
}
clients = Clients()
app: FastAPI = make_service(None, clients)
templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    auto_reload=False,
    trim_blocks=True,
    lstrip_blocks=True,
)


def money(value: Money) -> str:
    """Write an amount."""
    return f"€{value.amount // 100:,}.{value.amount % 100:02}"


templates.filters["money"] = money
templates.globals["countries"] = COUNTRIES
templates.globals["cards"] = CARDS


class Visit:
    """One request: who asks, and what every page shows around its content."""

    def __init__(self, request: Request) -> None:
        self.session = request.cookies.get("session")
        self.token = request.cookies.get("cart")
        self.identity: Identity | None = None
        self.menu: list[Category] = []
        self.count = 0

    @classmethod
    async def begin(cls, request: Request) -> Visit:
        """Find out whose session it is."""
        visit = cls(request)
        if visit.session is not None:
            visit.identity = await visit.post(Identity, "accounts", "/identify", {"token": visit.session})
        return visit

    @property
    def headers(self) -> dict[str, str]:
        """What a call says of who asks."""
        found = bearer(None if self.identity is None else self.identity.assertion)
        return found | {"x-cart": self.token} if self.token and self.identity is None else found

    async def get(self, kind: type[T], service: str, path: str) -> T:
        """Ask a service."""
        response = await clients(service).get(path, headers=self.headers)
        response.raise_for_status()
        return _adapter(kind).validate_json(response.content)

    async def post(self, kind: type[T], service: str, path: str, what: Any, **headers: str) -> T:
        """Have a service do something."""
        response = await clients(service).post(path, json=what, headers=self.headers | headers)
        response.raise_for_status()
        return _adapter(kind).validate_json(response.content or b"null")

    async def load(self, *calls: Any, menu: bool = True) -> Any:
        """Make the page's calls beside those for what surrounds every page."""
        around = [self._load_menu()] if menu else []
        if self.identity or self.token:
            around.append(self._load_count())
        return (await asyncio.gather(*calls, *around))[: len(calls)]

    async def _load_menu(self) -> None:
        self.menu = await self.get(list[Category], "catalog", "/categories")

    async def _load_count(self) -> None:
        self.count = await self.get(int, "cart", "/count")

    def page(self, template: str, **values: Any) -> HTMLResponse:
        """Render a page."""
        return HTMLResponse(templates.get_template(template).render(visit=self, **values))


_adapters: dict[Any, TypeAdapter[Any]] = {}


def _adapter(kind: type[T]) -> TypeAdapter[T]:
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


@app.get("/")
async def home(request: Request) -> HTMLResponse:
    """Greet."""
    visit = await Visit.begin(request)
    (cards,) = await visit.load(visit.post(list[Card], "catalog", "/search", Search(limit=12).model_dump()))
    return visit.page("home.html", cards=cards)


@app.get("/categories/{slug}")
async def category(request: Request, slug: str) -> HTMLResponse:
    """List a category."""
    visit = await Visit.begin(request)
    await visit._load_menu()
    here = next(each for each in visit.menu if each.slug == slug)
    cards, facets = await visit.load(
        visit.post(list[Card], "catalog", "/search", Search(category_id=here.id).model_dump()),
        visit.get(list[Facet], "catalog", f"/categories/{here.id}/facets"),
        menu=False,
    )
    return visit.page("category.html", here=here, cards=cards, facets=facets)


@app.get("/products/{product_id}")
async def product(request: Request, product_id: str) -> HTMLResponse:
    """Show a product."""
    visit = await Visit.begin(request)
    ((shown, stock),) = await visit.load(_with_stock(visit, product_id))
    left = {each.sku: each.available for each in stock}
    chosen = next((each.sku for each in shown.variants if left[each.sku]), None)
    return visit.page("product.html", product=shown, left=left, chosen=chosen)


async def _with_stock(visit: Visit, product_id: str) -> tuple[Product, list[Availability]]:
    found = await visit.get(Product, "catalog", f"/products/{product_id}")
    skus = [each.sku for each in found.variants]
    return found, await visit.post(list[Availability], "inventory", "/availability", skus)


@app.get("/cart")
async def cart(request: Request) -> HTMLResponse:
    """Show the cart."""
    visit = await Visit.begin(request)
    (held,) = await visit.load(visit.get(Cart, "cart", "/cart"))
    return visit.page("cart.html", cart=held)


@app.post("/cart/items")
async def add(request: Request, sku: Annotated[str, Form()], quantity: Annotated[int, Form()]) -> Response:
    """Put something into the cart."""
    visit = await Visit.begin(request)
    filled = await visit.post(Cart, "cart", "/items", Item(sku=sku, quantity=quantity).model_dump())
    answer = RedirectResponse("/cart", 303)
    if filled.token is not None:
        answer.set_cookie("cart", filled.token, httponly=True)
    return answer


@app.get("/log-in")
async def log_in_form(request: Request) -> HTMLResponse:
    """Ask who it is."""
    visit = await Visit.begin(request)
    await visit.load()
    return visit.page("log_in.html", then=request.query_params.get("next", "/"))


@app.get("/register")
async def register_form(request: Request) -> HTMLResponse:
    """Offer an account."""
    visit = await Visit.begin(request)
    await visit.load()
    return visit.page("register.html", then=request.query_params.get("next", "/"))


@app.post("/register")
async def register(
    request: Request,
    email: Annotated[str, Form()],
    password: Annotated[str, Form()],
    name: Annotated[str, Form()],
    then: Annotated[str, Form(alias="next")] = "/",
) -> Response:
    """Create an account, begin its first session, and bring the guest's cart along."""
    visit = await Visit.begin(request)
    source = request.client.host if request.client else "unknown"
    new = Registration(email=email, password=password, name=name, source=source)
    begun = await visit.post(Session, "accounts", "/register", new.model_dump())
    answer = RedirectResponse(then, 303)
    answer.set_cookie("session", begun.token, httponly=True)
    if visit.token is not None:
        visit.identity = await visit.post(Identity, "accounts", "/identify", {"token": begun.token})
        await visit.post(object, "cart", "/merge", None, **{"x-cart": visit.token})
        answer.delete_cookie("cart")
    return answer


@app.get("/checkout")
async def checkout(request: Request) -> Response:
    """Ask for everything an order needs, and say what it will cost."""
    visit = await Visit.begin(request)
    if visit.identity is None:
        return RedirectResponse("/log-in?next=/checkout", 303)
    held, saved = await visit.load(
        visit.get(Cart, "cart", "/cart"), visit.get(list[SavedAddress], "accounts", "/addresses")
    )
    lines = [Line(sku=each.sku, quantity=each.quantity) for each in held.lines]
    wanted = QuoteRequest(lines=lines, country="DE")
    quote = await visit.post(Quote, "orders", "/quote", wanted.model_dump())
    return visit.page("checkout.html", quote=quote, lines=lines, saved=saved, key=secrets.token_hex(16))


@app.post("/checkout")
async def place(
    request: Request,
    key: Annotated[str, Form()],
    digest: Annotated[str, Form()],
    line: Annotated[list[str], Form()],
    name: Annotated[str, Form()],
    street: Annotated[str, Form()],
    postal_code: Annotated[str, Form()],
    city: Annotated[str, Form()],
    country: Annotated[str, Form()],
    payment: Annotated[str, Form()],
    save: Annotated[str, Form()] = "",
) -> Response:
    """Buy what was quoted."""
    visit = await Visit.begin(request)
    await visit.load(visit.get(list[SavedAddress], "accounts", "/addresses"))
    address = Address(name=name, street=street, postal_code=postal_code, city=city, country=country)
    lines = [Line(sku=sku, quantity=int(many)) for many, _, sku in (each.partition(" ") for each in line)]
    wanted = OrderRequest(quote_digest=digest, lines=lines, address=address, payment_token=payment)
    placed = await visit.post(Order, "orders", "/orders", wanted.model_dump(), **{"idempotency-key": key})
    if save:
        await visit.post(SavedAddress, "accounts", "/addresses", address.model_dump())
    return RedirectResponse(f"/orders/{placed.id}?placed=1", 303)


@app.get("/orders")
async def orders(request: Request) -> HTMLResponse:
    """List what the person ordered."""
    visit = await Visit.begin(request)
    (found,) = await visit.load(visit.get(list[OrderSummary], "orders", "/orders"))
    return visit.page("orders.html", orders=found)


@app.get("/orders/{order_id}")
async def order(request: Request, order_id: str) -> Response:
    """Show one order."""
    visit = await Visit.begin(request)
    if not re.fullmatch(r"[0-9A-F]{1,20}", order_id):
        return Response(status_code=404)
    (shown,) = await visit.load(visit.get(Order, "orders", f"/orders/{order_id}"))
    return visit.page("order.html", order=shown, placed=request.query_params.get("placed") == "1")
