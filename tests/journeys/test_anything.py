"""Whatever is sent to whichever address: an answer below 500."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote, quote_from_bytes, urlencode

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.journeys.shelf import products
from tests.journeys.shopper import Shopper
from tests.modules.storefront.addresses import PAGES

ROUTES = (
    *PAGES,
    *(("GET", path) for path in ("/pictures/{product_id}.svg", "/static/{tag}/{name}", "/{nothing}", "/readyz")),
)
METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH")
NAMES = (
    *("q", "min", "max", "sort", "f.Colour", "cursor", "category", "sku", "product", "quantity", "action", "next"),
    *("email", "password", "name", "street", "postal_code", "city", "country", "address", "payment", "digest", "line"),
    *("key", "save", "profile_name", "current", "new", "id", "placed", "unsaved", "done"),
)
TEXTS = st.text(max_size=40) | st.sampled_from(
    (
        *("", "0", "-1", "1", "9" * 20, "1e9", "NaN", "\u0663", "\u00b2", "\0", "'", '"', "%", "\\", "/", "..", "*"),
        *("new", "update", "remove", "place", "tok_success", "DE", "mugs", "relevance", "0" * 32, "1 x", "x" * 5000),
        *(
            "\ud7ff",
            "\U0010ffff",
            "PRODUCT",
            "SKU",
            "a@b.example",
            "\r\nset-cookie: a=b",
            "//elsewhere.example",
            "mug OR (",
            '"mug',
        ),
    )
)
FORMS = st.lists(st.tuples(st.sampled_from(NAMES) | TEXTS, TEXTS), max_size=8).map(urlencode)
BROKEN = st.binary(max_size=100).map(lambda given: quote_from_bytes(given, safe="&=+"))
HEADERS = st.dictionaries(
    st.sampled_from(("content-type", "accept", "if-none-match", "hx-request", "range", "accept-encoding")),
    st.sampled_from(("true", "text/html", "multipart/form-data; boundary=x", "*", 'W/"x"', "bytes=0-1", "a/json;q=x"))
    | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30).map(str.strip),
    max_size=3,
)


class Visitors(NamedTuple):
    """A guest, somebody who is logged in, and a product that there is, which stands for PRODUCT and SKU."""

    guest: httpx2.Client
    customer: httpx2.Client
    product: str
    sku: str

    def real(self, text: str) -> str:
        """Put what there is into an address or a form."""
        return text.replace("PRODUCT", self.product).replace("SKU", self.sku)


@st.composite
def requests(draw: Any) -> tuple[str, str]:
    """Methods and addresses of every kind, with something in the places that a kind has, and perhaps a query."""
    method, path = draw(st.sampled_from(ROUTES))
    filled = re.sub(r"{\w+}", lambda _: quote(draw(TEXTS), safe=""), path)
    query = draw(st.just("") | FORMS | FORMS | BROKEN)
    odd = draw(st.integers(0, 9)) == 9
    return draw(st.sampled_from(METHODS)) if odd else method, f"{filled}?{query}" if query else filled


@pytest.fixture(scope="session")
def visitors(store: str) -> Iterator[Visitors]:
    """Both have their browsers open; the customer has something in the cart."""
    with Shopper(store) as customer, Shopper(store) as guest:
        customer.register()
        product = next(products(customer))
        form = customer.visit(product).form("Add to cart")
        customer.send(form)
        yield Visitors(guest.client, customer.client, product.rpartition("/")[2], dict(form.fields)["sku"])


@settings(max_examples=300)
@given(
    request=requests(),
    headers=HEADERS,
    body=st.just("") | FORMS | FORMS | BROKEN | st.binary(max_size=100),
    known=st.booleans(),
)
def test_no_request_makes_an_error_of_the_stores_own(
    store: str, visitors: Visitors, request: tuple[str, str], headers: dict[str, str], body: str | bytes, known: bool
) -> None:
    method, address = request[0], visitors.real(request[1])
    content = body if isinstance(body, bytes) else visitors.real(body)
    kind = {"content-type": "application/x-www-form-urlencoded", "origin": store}
    browser = visitors.customer if known and not address.startswith("/log-out") else visitors.guest
    answer = browser.request(method, address, headers=kind | headers, content=content, follow_redirects=False)
    assert answer.status_code < 500
    assert "x-request-id" in answer.headers
