"""Whatever is sent, the answer is a page, and never a failure of ours."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modules.storefront.app import PAGES
from tests.modules.storefront.world import World, make_world

POSTS = [path for method, path, _ in PAGES if method == "POST"]
FORMS = [path for path in POSTS if path not in ("/log-out", "/cart/adopt")]
"""Those with fields."""

FIELDS = (
    *("sku", "quantity", "product", "action", "email", "password", "name", "next", "key", "line", "digest"),
    *("payment", "address", "street", "postal_code", "city", "country", "save", "id", "profile_name"),
    *("current", "new"),
)


@pytest.mark.parametrize("address", FORMS)
@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"name=%FF%FE", "application/x-www-form-urlencoded", 400),
        (b"name=\xff\xfe", "application/x-www-form-urlencoded", 400),
        (b"&".join([b"a=b"] * 400), "application/x-www-form-urlencoded", 400),
        (b'{"name": "Ada"}', "application/json", 415),
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", 415),
    ],
)
def test_what_is_no_form_is_refused(world: World, address: str, body: bytes, kind: str, status: int) -> None:
    world.log_in()
    answer = world.browser.post(address.format(order_id="F-1"), content=body, headers={"content-type": kind})
    assert answer.status_code == status
    assert "<h1>" in answer.text
    assert not world.carts.held


@pytest.mark.parametrize("address", POSTS)
def test_an_empty_form_changes_nothing(world: World, address: str) -> None:
    world.log_in()
    answer = world.browser.post(address.format(order_id="F-1"))
    assert 300 <= answer.status_code < 500
    assert not world.carts.held
    assert not world.orders.orders
    assert not world.accounts.books
    assert len(world.accounts.accounts) == 1


@pytest.fixture(scope="module")
def busy() -> Iterator[World]:
    """One store for many tries, where somebody is logged in."""
    made = make_world()
    with made.browser:
        made.log_in()
        made.fill_cart("S1-1")
        yield made


text = st.text(max_size=300) | st.sampled_from(
    ["S1-1", "p1", "garden", "1", "99", "new", "DE", "tok_success", "0" * 32]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    address=st.sampled_from([path for method, path, _ in PAGES if method == "GET"]),
    part=text,
    query=st.lists(
        st.tuples(st.sampled_from(["q", "min", "max", "sort", "cursor", "category", "f.Size", "f.", "next"]), text),
        max_size=5,
    ),
)
def test_any_address_is_answered(busy: World, address: str, part: str, query: list[tuple[str, str]]) -> None:
    path = "/".join(quote(part, safe="") if each.startswith("{") else each for each in address.split("/"))
    assert busy.browser.get(f"{path}?{urlencode(query)}").status_code < 500


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    address=st.sampled_from(FORMS),
    fields=st.dictionaries(st.sampled_from(FIELDS), text),
)
def test_any_form_is_answered(busy: World, address: str, fields: dict[str, str]) -> None:
    assert busy.browser.post(address.format(order_id="F-1"), data=fields).status_code < 500
