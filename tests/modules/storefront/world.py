"""A small store over fakes, and a browser's view of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property

import msgspec
from bs4 import BeautifulSoup, Tag
from httpx2 import Response
from jinja2 import Environment
from starlette.applications import Starlette
from starlette.testclient import TestClient

from contracts.catalog import Attribute, Category, Product, Variant
from contracts.values import Address, CategoryId, Money, ProductId, Sku
from modules.storefront.app import create_app
from modules.storefront.assets import Assets
from modules.storefront.render import make_environment
from modules.storefront.settings import StorefrontSettings
from modules.storefront.shop import Shop
from tests.modules.storefront.fakes.carts import FakeCarts
from tests.modules.storefront.fakes.catalog import FakeCatalog
from tests.modules.storefront.fakes.orders import FakeOrders
from tests.modules.storefront.fakes.people import FakeAccounts, FakeActing
from tests.modules.storefront.fakes.stock import FakeInventory

PASSWORD = "correct horse battery"
HOME = Address(name="Ada Lovelace", street="Analytical Way 1", postal_code="10115", city="Berlin", country="DE")

CATEGORIES = (
    Category(id=CategoryId("c1"), slug="garden", name="Garden", parent_id=None, vat_rate=1900),
    Category(id=CategoryId("c2"), slug="kitchen", name="Kitchen", parent_id=None, vat_rate=1900),
    Category(id=CategoryId("c3"), slug="garden-tools", name="Garden tools", parent_id=CategoryId("c1"), vat_rate=1900),
)


def product(number: int, category: str, name: str, *prices: int, description: str = "") -> Product:
    """Make a product with a variant for each price."""
    sizes = ("Small", "Medium", "Large", "Extra large", "Giant", "Vast", "Huge", "Endless", "Sample", "Other")
    return Product(
        id=ProductId(f"p{number}"),
        name=name,
        brand="Fieldmark" if number % 2 else "Tove & Son",
        category_id=CategoryId(category),
        description=description or f"{name}, made to last.\n\nRepairs are free for five years.",
        attributes=(Attribute(name="Material", value="Ash wood" if number % 3 else "Steel"),),
        variants=tuple(
            Variant(
                sku=Sku(f"S{number}-{index + 1}"),
                attributes=(Attribute(name="Size", value=sizes[index]),) if len(prices) > 1 else (),
                price=Money(amount=price, currency="EUR"),
                weight_grams=900,
            )
            for index, price in enumerate(prices)
        ),
    )


PRODUCTS = (
    product(1, "c3", "Digging fork", 4900),
    product(2, "c3", "Hand trowel", 1290, 1590),
    product(3, "c3", "Pruning saw", 3400),
    product(4, "c1", "Watering can", 2750, 3150, 3900),
    product(5, "c2", "Bread knife", 5900),
    product(6, "c2", "Oak board", 3200, 4200),
    product(7, "c2", "Enamel mug", 950, 990, 1000, 1100, 1200, 1300, 1400, 1500, 1600),
)


@dataclass
class World:
    """The fakes, the application over them, and one browser."""

    catalog: FakeCatalog
    inventory: FakeInventory
    carts: FakeCarts
    accounts: FakeAccounts
    orders: FakeOrders
    acting: FakeActing
    app: Starlette
    browser: TestClient = field(init=False)

    def __post_init__(self) -> None:
        self.browser = self.new_browser()

    def new_browser(self) -> TestClient:
        """Return another browser, without cookies."""
        return TestClient(self.app, raise_server_exceptions=False, follow_redirects=False)

    def get(self, address: str, *, htmx: bool = False) -> Page:
        """Open a page, following redirects."""
        return Page(self.browser.get(address, follow_redirects=True, headers={"hx-request": "true"} if htmx else {}))

    def post(self, address: str, data: Mapping[str, str | list[str]], *, htmx: bool = False) -> Page:
        """Send a form, without following a redirect."""
        return Page(self.browser.post(address, data=data, headers={"hx-request": "true"} if htmx else {}))

    def submit(self, form: Tag, button: str | None = None, **typed: str) -> Page:
        """Send a form as a browser without JavaScript does, with what is typed, by a button of this text."""
        data: dict[str, str | list[str]] = {}
        for name, value in [*filled(form), *((key, value) for key, value in typed.items())]:
            if name in typed:
                data[name] = typed[name]
            elif name in data:
                earlier = data[name]
                data[name] = [*([earlier] if isinstance(earlier, str) else earlier), value]
            else:
                data[name] = value
        for each in form.find_all("button"):
            if button is not None and each.get_text(strip=True).startswith(button) and each.get("name"):
                data[str(each["name"])] = str(each["value"])
        address = str(form.get("action"))
        if form.get("method") == "post":
            return Page(self.browser.post(address, data=data, follow_redirects=True))
        return Page(self.browser.get(address, params=data, follow_redirects=True))

    def log_in(self, name: str = "Ada Lovelace", email: str = "ada@example.org") -> str:
        """Register, which logs in; return the account's id."""
        answer = self.post("/register", {"name": name, "email": email, "password": PASSWORD})
        assert answer.status == 303
        return next(account.id for account in self.accounts.accounts.values() if account.email == email)

    def fill_cart(self, *skus: str, quantity: int = 1) -> None:
        """Put something into the browser's cart."""
        for sku in skus:
            assert self.post("/cart/items", {"sku": sku, "quantity": str(quantity)}).status == 303


class Page:
    """An answer, as a reader sees it."""

    def __init__(self, response: Response) -> None:
        self.response = response
        self.status = response.status_code
        self.headers = response.headers

    @cached_property
    def html(self) -> BeautifulSoup:
        """The answer's elements."""
        return BeautifulSoup(self.response.text, "html.parser")

    @property
    def path(self) -> str:
        """Where the browser ended up."""
        return self.response.url.path

    @property
    def text(self) -> str:
        """What can be read in the main part, with white space made single."""
        main = self.html.find("main") or self.html
        return " ".join(main.get_text(" ", strip=True).split())

    @property
    def title(self) -> str:
        """The page's title."""
        assert self.html.title is not None
        return self.html.title.get_text()

    def form(self, action: str) -> Tag:
        """Return the form that is sent to an address."""
        found = self.html.find("form", action=action)
        assert isinstance(found, Tag), f"no form to {action} on {self.title}"
        return found

    def error(self, name: str) -> str:
        """Return the message that belongs to a field, as assistive technology finds it."""
        control = self.html.find(["input", "select"], attrs={"name": name, "aria-invalid": "true"})
        assert isinstance(control, Tag), f"nothing is wrong with {name}"
        described = str(control["aria-describedby"]).split()
        messages = [self.html.find(id=each) for each in described]
        return " ".join(each.get_text(strip=True) for each in messages if each and "error" in (each.get("class") or ()))

    def shown(self, name: str) -> str:
        """Return what stands in a field."""
        control = self.html.find("input", attrs={"name": name})
        assert isinstance(control, Tag)
        return str(control.get("value", ""))


def filled(form: Tag) -> list[tuple[str, str]]:
    """Return the names and values that a browser would send for a form."""
    pairs = []
    for control in form.find_all(["input", "select"]):
        if not control.get("name") or control.has_attr("disabled"):
            continue
        if control.name == "select":
            options = control.find_all("option")
            chosen = next((each for each in options if each.has_attr("selected")), options[0])
            pairs.append((str(control["name"]), str(chosen["value"])))
        elif control.get("type") in ("radio", "checkbox") and not control.has_attr("checked"):
            continue
        else:
            pairs.append((str(control["name"]), str(control.get("value", ""))))
    return pairs


def make_world(
    products: tuple[Product, ...] = PRODUCTS,
    categories: tuple[Category, ...] = CATEGORIES,
    settings: StorefrontSettings | None = None,
) -> World:
    """Build a store."""
    catalog, inventory, accounts, acting = (
        FakeCatalog(categories, products),
        FakeInventory(),
        FakeAccounts(),
        FakeActing(),
    )
    carts = FakeCarts(catalog, inventory)
    orders = FakeOrders(catalog, inventory, carts)
    settings = settings or StorefrontSettings()
    shop = Shop(
        catalog=catalog,
        accounts=accounts,
        carts=carts,
        inventory=inventory,
        orders=orders,
        acting=acting,
        settings=settings,
        templates=_templates(settings),
    )
    return World(catalog, inventory, carts, accounts, orders, acting, create_app(shop, _ASSETS))


_ASSETS = Assets()


@cache
def _templates(settings: StorefrontSettings) -> Environment:
    """Compile the templates once, not for every test."""
    return make_environment(settings, _ASSETS)


def renamed(original: Product, name: str) -> Product:
    """Return a product under another name."""
    return msgspec.structs.replace(original, name=name)


def cookies_of(page: Page) -> dict[str, str]:
    """Return the cookies that an answer sets, with their attributes."""
    found = {}
    for header in page.headers.get_list("set-cookie"):
        name, _, rest = header.partition("=")
        found[name] = re.sub(r"expires=[^;]+", "expires=…", rest)
    return found
