"""Whatever is sent to whichever address: an answer below 500."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_from_bytes, urlencode

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modules.storefront.app import PAGES
from tests.journeys.shelf import products
from tests.journeys.shopper import Shopper

PATHS = (*(path for _, path, _ in PAGES), "/pictures/{product_id}.svg", "/static/{tag}/{name}", "/{nothing}")
NAMES = (
    *("q", "min", "max", "sort", "f.Colour", "cursor", "category", "sku", "product", "quantity", "action", "next"),
    *("email", "password", "name", "street", "postal_code", "city", "country", "address", "payment", "digest", "line"),
    *("key", "save", "profile_name", "current", "new", "id", "placed", "unsaved", "done"),
)
TEXTS = st.text(max_size=40) | st.sampled_from(
    (
        *("", "0", "-1", "1", "9" * 20, "1e9", "NaN", "\u0663", "\u00b2", "\0", "'", '"', "%", "\\", "/", "..", "*"),
        *("new", "update", "remove", "place", "tok_success", "DE", "mugs", "relevance", "0" * 32, "1 x", "x" * 5000),
        *("\ud7ff", "\U0010ffff", "a@b.example", "\r\nset-cookie: a=b", "//elsewhere.example", "mug OR (", '"mug'),
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


@st.composite
def addresses(draw: Any) -> str:
    """Addresses of every kind, with something in the places that a kind has, and perhaps a query."""
    path = re.sub(r"{\w+}", lambda _: quote(draw(TEXTS), safe=""), draw(st.sampled_from(PATHS)))
    query = draw(st.just("") | FORMS | FORMS | BROKEN)
    return f"{path}?{query}" if query else path


@pytest.fixture(scope="session")
def visitors(store: str) -> Iterator[tuple[httpx2.Client, httpx2.Client]]:
    """A guest, and somebody who is logged in and has something in the cart."""
    with Shopper(store) as customer, Shopper(store) as guest:
        customer.register()
        customer.add(next(products(customer)))
        yield guest.client, customer.client


@settings(max_examples=300)
@given(
    method=st.sampled_from(("GET", "POST", "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS")),
    address=addresses(),
    headers=HEADERS,
    body=st.just(b"") | FORMS.map(str.encode) | BROKEN.map(str.encode) | st.binary(max_size=100),
    known=st.booleans(),
)
def test_no_request_makes_an_error_of_the_stores_own(
    store: str,
    visitors: tuple[httpx2.Client, httpx2.Client],
    method: str,
    address: str,
    headers: dict[str, str],
    body: bytes,
    known: bool,
) -> None:
    known = known and not address.startswith("/log-out")
    kind = {"content-type": "application/x-www-form-urlencoded", "origin": store}
    answer = visitors[known].request(method, address, headers=kind | headers, content=body, follow_redirects=False)
    assert answer.status_code < 500
    assert "x-request-id" in answer.headers
