"""Home, categories and search show what there is, narrowed and sorted as asked."""

from __future__ import annotations

import pytest
from bs4 import Tag

from contracts.catalog import Attribute, Sort
from modules.storefront.settings import StorefrontSettings
from tests.modules.storefront.world import CATEGORIES, Page, World, make_world, product


def names(page: Page) -> list[str]:
    return [each.get_text() for each in page.html.select(".card .name")]


def test_home_shows_categories_and_what_is_new(world: World) -> None:
    page = world.get("/")
    assert page.status == 200
    assert len(names(page)) == 7
    assert "€9.50" in page.text
    assert [each.get_text() for each in page.html.select(".menu a")] == ["Garden", "Kitchen"]
    assert page.html.select_one('.sections a[href="/categories/garden-tools"]')


def test_home_asks_the_catalogue_twice_and_nobody_else(world: World) -> None:
    world.get("/")
    assert sorted(world.catalog.calls) == ["list_categories", "search"]
    assert not world.accounts.calls
    assert not world.carts.calls


def test_a_category_includes_those_below_it(world: World) -> None:
    page = world.get("/categories/garden")
    assert names(page) == ["Digging fork", "Hand trowel", "Pruning saw", "Watering can"]
    assert page.title.startswith("Garden")
    assert page.html.select_one('main a[href="/categories/garden-tools"]')


def test_breadcrumbs_lead_up_the_tree(world: World) -> None:
    crumbs = world.get("/categories/garden-tools").html.select(".trail a")
    assert [each["href"] for each in crumbs] == ["/", "/categories/garden", "/categories/garden-tools"]
    assert crumbs[-1]["aria-current"] == "page"


def test_filters_narrow_and_stay_visible(world: World) -> None:
    page = world.get("/categories/garden?f.Material=Steel&min=30&max=40,00&sort=price_down")
    search = world.catalog.searches[-1]
    assert search.attributes == (Attribute(name="Material", value="Steel"),)
    assert (search.price_min, search.price_max, search.sort) == (3000, 4000, Sort.PRICE_DOWN)
    assert names(page) == ["Pruning saw"]
    box = page.html.find("input", attrs={"name": "f.Material", "value": "Steel"})
    assert isinstance(box, Tag)
    assert box.has_attr("checked")
    assert page.shown("max") == "40,00"


def test_each_active_filter_can_be_removed_by_a_link(world: World) -> None:
    page = world.get("/categories/garden?f.Material=Steel&f.Material=Ash+wood&min=10")
    links = [str(each["href"]) for each in page.html.select("main .chips a") if "?" in str(each["href"])]
    assert links == [
        "/categories/garden?min=10&f.Material=Ash+wood",
        "/categories/garden?min=10&f.Material=Steel",
        "/categories/garden?f.Material=Steel&f.Material=Ash+wood",
        "/categories/garden?",
    ]


def test_the_filter_form_works_without_javascript(world: World) -> None:
    form = world.get("/categories/garden").form("/categories/garden")
    page = world.submit(form, **{"f.Material": "Steel", "sort": "name"})
    assert names(page) == ["Pruning saw"]


def test_a_price_range_that_makes_no_sense_is_said_beside_the_field(world: World) -> None:
    page = world.get("/categories/garden?min=cheap&max=-3")
    assert page.status == 422
    assert "such as 25" in page.error("min")
    assert "such as 25" in page.error("max")
    assert page.shown("min") == "cheap"
    assert len(names(page)) == 4

    assert "below" in world.get("/categories/garden?min=20&max=10").error("max")


@pytest.mark.parametrize(
    ("typed", "amount"), [("0", 0), ("9.5", 950), ("12,05", 1205), ("999999999999", 10**12), (" 7 ", 700)]
)
def test_prices_are_read_as_people_write_them(world: World, typed: str, amount: int) -> None:
    assert world.browser.get("/categories/garden", params={"min": typed}).status_code == 200
    assert world.catalog.searches[-1].price_min == amount


def test_a_currency_without_minor_unit_takes_whole_numbers() -> None:
    world = make_world(settings=StorefrontSettings(currency="JPY"))
    world.get("/categories/garden?min=100")
    assert world.catalog.searches[-1].price_min == 100
    assert world.get("/categories/garden?min=9.5").status == 422


def test_pages_follow_one_another_by_cursor() -> None:
    world = make_world(settings=StorefrontSettings(page_size=4))
    first = world.get("/search?q=made&sort=name")
    assert names(first) == ["Bread knife", "Digging fork", "Enamel mug", "Hand trowel"]
    more = first.html.select_one('a[rel="next"]')
    assert more is not None
    second = world.get(str(more["href"]))
    assert names(second) == ["Oak board", "Pruning saw", "Watering can"]
    assert second.html.select_one('a[rel="next"]') is None
    back = second.html.select_one(".pager a")
    assert back is not None
    assert back["href"] == "/search?q=made&sort=name"


def test_htmx_gets_the_focus_on_the_first_new_product() -> None:
    world = make_world(settings=StorefrontSettings(page_size=4))
    page = world.get("/search?q=made&sort=name&cursor=4", htmx=True)
    focused = page.html.select_one("[autofocus]")
    assert focused is not None
    assert focused["href"] == "/products/p6"
    assert page.headers["vary"] == "HX-Request"
    assert world.get("/search?q=made&sort=name&cursor=4").html.select_one("[autofocus]") is None


def test_search_finds_and_says_when_nothing_matches(world: World) -> None:
    found = world.get("/search?q=bread")
    assert names(found) == ["Bread knife"]
    assert found.title.startswith("Search: bread")
    assert found.shown("q") == "bread"
    assert "Nothing matches" in world.get("/search?q=zeppelin").text


def test_search_can_be_kept_to_a_category(world: World) -> None:
    assert names(world.get("/search?q=made&category=kitchen")) == ["Bread knife", "Oak board", "Enamel mug"]
    assert world.get("/search?q=made&category=nowhere").status == 404


def test_search_without_words_asks_for_some(world: World) -> None:
    page = world.get("/search?q=+")
    assert page.status == 200
    assert not world.catalog.searches


def test_overlong_words_are_refused_where_they_were_typed(world: World) -> None:
    page = world.get(f"/search?q={'x' * 201}")
    assert page.status == 422
    assert "200" in page.error("q")
    assert not world.catalog.searches


@pytest.mark.parametrize(
    "address",
    [
        "/search?q=a&cursor=broken!",
        f"/search?q=a&cursor={'9' * 501}",
        "/categories/garden?cursor=%00",
        "/categories/garden?sort=random",
        "/categories/garden?" + "&".join(f"f.a{number}=b" for number in range(21)),
        f"/categories/garden?f.{'n' * 61}=b",
        "/search?q=%FF%FE",
        "/search?q=" + "&q=" * 400,
    ],
)
def test_what_no_form_of_ours_sends_is_a_bad_request(world: World, address: str) -> None:
    page = world.get(address)
    assert page.status == 400
    assert page.html.h1
    assert page.html.select_one(".menu a"), "an error page keeps its surroundings"


@pytest.mark.parametrize(
    "address",
    ["/categories/nowhere", "/categories/" + "x" * 500, "/nowhere", "/categories/%FF", "/products/%00", "/orders/x/y"],
)
def test_unknown_addresses_are_a_page_not_found(world: World, address: str) -> None:
    page = world.get(address)
    assert page.status == 404
    assert page.title.startswith("Page not found")


def test_a_method_that_an_address_does_not_take(world: World) -> None:
    answer = world.browser.post("/search")
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]


def test_names_from_the_catalogue_are_text_never_markup() -> None:
    evil = "<script>alert(1)</script>"
    world = make_world((product(1, "c1", evil, 100, description=evil),), CATEGORIES)
    for address in ("/", "/categories/garden", "/search?q=script", "/products/p1", f"/search?q={evil}"):
        page = world.get(address)
        assert page.status == 200
        assert evil not in page.response.text
        assert [each.get("src", "") for each in page.html.find_all("script")] == [
            each["src"] for each in page.html.select("head script[src^='/static/']")
        ]
        assert evil in page.html.get_text()
