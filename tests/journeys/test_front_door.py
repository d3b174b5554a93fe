"""What holds for every page, whoever asks: headers, cookies, forged requests, health."""

from __future__ import annotations

import re

import pytest

from tests.journeys.shelf import products
from tests.journeys.shopper import Shopper
from tests.modules.storefront.addresses import PAGES

CHANGING = tuple(path.format(order_id="x") for method, path in PAGES if method == "POST")
SHOWN = (
    *("/", "/categories/desk", "/search?q=mug", "/cart", "/register", "/log-in", "/orders", "/account", "/checkout"),
    "/nothing",
)
OTHERS = ("/search?q=%ff", "/healthz", "/readyz", "/pictures/none.svg", "/static/x/style.css")


@pytest.mark.parametrize("path", [*SHOWN, *OTHERS])
def test_every_answer_tells_the_browser_to_be_careful(shopper: Shopper, path: str) -> None:
    answer = shopper.client.get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    if not path.startswith("/pictures"):
        assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["permissions-policy"]
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["x-request-id"])


def test_no_page_holds_script_or_style_of_its_own(shopper: Shopper) -> None:
    shopper.register()
    product = next(products(shopper))
    shopper.add(product)
    for path in (*SHOWN, product):
        page = shopper.visit(path)
        assert page.soup.select("script:not([src]), style, [style], [href^='javascript:']") == []
        assert [name for tag in page.soup.find_all(True) for name in tag.attrs if name.startswith("on")] == []
        sources = [str(tag[name]) for name in ("src", "href") for tag in page.soup.select(f"[{name}]")]
        assert [each for each in sources if not each.startswith(("/", "#"))] == []


def test_a_customers_pages_are_kept_by_nobody_else(shopper: Shopper) -> None:
    assert "no-cache" in shopper.visit("/").response.headers["cache-control"]
    shopper.register()
    for path in ("/", "/account", "/orders", "/cart"):
        assert shopper.visit(path).response.headers["cache-control"] == "private, no-store"


def test_cookies_are_out_of_reach_for_scripts_and_other_sites(shopper: Shopper) -> None:
    cart = shopper.press(shopper.visit(next(products(shopper))), "Add to cart")
    answers = [*cart.response.history, *shopper.register().response.history]
    cookies = [each for answer in answers for each in answer.headers.get_list("set-cookie")]
    names = {each.partition("=")[0] for each in cookies}
    assert names == {"freestone-cart", "freestone-session"}
    for each in cookies:
        attributes = {part.strip().lower() for part in each.split(";")[1:]}
        assert {"httponly", "samesite=lax", "path=/"} <= attributes
        assert not any(part.startswith("domain") for part in attributes)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"referer": "https://elsewhere.example/page"},
        {},
    ],
    ids=str,
)
def test_what_another_sites_page_sends_is_refused(shopper: Shopper, headers: dict[str, str]) -> None:
    shopper.register()
    form = dict(shopper.visit(next(products(shopper))).form("Add to cart").fields)
    for path in CHANGING:
        answer = shopper.client.post(path, data=form | {"name": "Eve", "profile_name": "Eve"}, headers=headers)
        assert answer.status_code == 403, path
    assert "Your cart is empty." in shopper.visit("/cart").text
    assert shopper.visit("/account").field("Full name") == "Ada Lovelace"


def test_nothing_changes_by_a_link(shopper: Shopper) -> None:
    shopper.register()
    for path in CHANGING:
        answer = shopper.client.get(path, params={"sku": "x", "quantity": "1", "profile_name": "Eve"})
        assert answer.status_code in (200, 404, 405), path
    assert shopper.visit("/account").field("Full name") == "Ada Lovelace"


def test_every_module_serves(shopper: Shopper) -> None:
    assert shopper.client.get("/healthz").text == "ok\n"
    answer = shopper.client.get("/readyz")
    assert answer.status_code == 200
    names = ["accounts", "auditor", "cart", "catalog", "inventory", "orders", "payments", "storefront", "webhooks"]
    serving = [{"name": name, "state": "serving"} for name in names]
    assert sorted(answer.json()["modules"], key=lambda each: str(each["name"])) == serving
