"""The product's page, and its picture."""

from __future__ import annotations

import msgspec
import pytest

from tests.modules.storefront.world import PRODUCTS, World, make_world


def test_a_product_with_one_variant(world: World) -> None:
    page = world.get("/products/p1")
    assert page.status == 200
    assert page.title.startswith("Digging fork by Fieldmark")
    assert "€49.00 incl. VAT" in page.text
    assert "In stock" in page.text
    assert "Material Ash wood" in page.text
    assert page.form("/cart/items").select_one('input[name="sku"][value="S1-1"]')


def test_variants_are_a_choice_with_price_and_availability(world: World) -> None:
    world.inventory.left = {"S4-1": 0, "S4-2": 3}
    page = world.get("/products/p4")
    labels = [" ".join(each.get_text(" ", strip=True).split()) for each in page.html.select(".variants label")]
    assert labels == ["Small €27.50 Sold out", "Medium €31.50 Only 3 left", "Large €39.00 In stock"]
    radios = page.html.select(".variants input")
    assert [each.has_attr("disabled") for each in radios] == [True, False, False]
    assert [each.has_attr("checked") for each in radios] == [False, True, False]


def test_many_variants_are_a_list_to_select_from(world: World) -> None:
    world.inventory.left = {"S7-1": 0}
    options = world.get("/products/p7").html.select("#sku option")
    assert len(options) == 9
    assert options[0].has_attr("disabled")
    assert options[1].has_attr("selected")


def test_what_is_sold_out_cannot_be_added(world: World) -> None:
    world.inventory.left = {"S1-1": 0}
    page = world.get("/products/p1")
    assert "Sold out" in page.text
    assert page.html.find("button", string="Add to cart") is None


def test_a_discontinued_product_is_shown_but_not_sold() -> None:
    gone = msgspec.structs.replace(PRODUCTS[0], discontinued=True)
    world = make_world((gone,))
    page = world.get("/products/p1")
    assert page.status == 200
    assert "no longer sold" in page.text
    assert page.html.find("form", action="/cart/items") is None
    assert not world.inventory.calls


@pytest.mark.parametrize("product_id", ["nope", "x" * 200, "a%0Ab"])
def test_there_is_no_such_product(world: World, product_id: str) -> None:
    assert world.get(f"/products/{product_id}").status == 404


def test_a_picture_is_a_drawing_that_can_do_nothing_else(world: World) -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><circle r="9"/></svg>'
    world.catalog.pictures["p1"] = svg
    answer = world.browser.get("/pictures/p1.svg")
    assert answer.text == svg
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "max-age" in answer.headers["cache-control"]


def test_a_picture_that_the_browser_holds_is_not_sent_again(world: World) -> None:
    world.catalog.pictures["p1"] = "<svg/>"
    tag = world.browser.get("/pictures/p1.svg").headers["etag"]
    for sent in (tag, f'"other", W/{tag}', "*"):
        again = world.browser.get("/pictures/p1.svg", headers={"if-none-match": sent})
        assert (again.status_code, again.content) == (304, b"")
    world.catalog.pictures["p1"] = "<svg></svg>"
    assert world.browser.get("/pictures/p1.svg", headers={"if-none-match": tag}).status_code == 200


def test_without_a_picture_there_is_a_drawing_that_says_so(world: World) -> None:
    for address in ("/pictures/p1.svg", "/pictures/nope.svg", f"/pictures/{'x' * 300}.svg"):
        answer = world.browser.get(address)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "image/svg+xml"
        assert answer.text.startswith("<svg")


def test_no_picture_while_the_catalogue_is_down_and_it_is_not_remembered(world: World) -> None:
    world.catalog.down("get_picture")
    answer = world.browser.get("/pictures/p1.svg")
    assert answer.status_code == 503
    assert answer.headers["cache-control"] == "no-store"
