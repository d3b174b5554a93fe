"""The account's page: name, address book and password."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contracts.accounts import TooManyAttempts
from contracts.values import Address
from tests.modules.storefront.till import TYPED
from tests.modules.storefront.world import HOME, PASSWORD, World, make_world


@pytest.fixture
def world() -> Iterator[World]:
    """A store in which Ada is logged in."""
    made = make_world()
    with made.browser:
        made.log_in()
        yield made


def test_the_name_can_be_changed(world: World) -> None:
    page = world.get("/account")
    assert "ada@example.org" in page.text
    page = world.submit(page.form("/account/name"), profile_name="  Augusta  Ada ")
    assert "Your name was changed." in page.text
    assert page.shown("profile_name") == "Augusta Ada"


def test_a_name_is_needed(world: World) -> None:
    page = world.post("/account/name", {"profile_name": ""})
    assert page.status == 422
    assert page.error("profile_name") == "Enter your name."


def test_addresses_come_and_go(world: World) -> None:
    page = world.submit(world.get("/account").form("/account/addresses"), **TYPED)
    assert "The address was added." in page.text
    assert [each.address for each in world.accounts.books["a1"]] == [HOME]
    page = world.submit(page.form("/account/addresses/remove"))
    assert "There are no addresses yet." in page.text


def test_an_address_says_what_is_wrong_beside_each_field(world: World) -> None:
    page = world.submit(world.get("/account").form("/account/addresses"), name="Ada")
    assert page.status == 422
    assert page.error("city") == "Enter a town or city."
    assert page.shown("name") == "Ada"
    assert page.html.find(id="current-error") is None


def test_a_full_address_book_says_so(world: World) -> None:
    for number in range(20):
        world.post("/account/addresses", {**TYPED, "street": f"Way {number}", "country": "DE"})
    page = world.post("/account/addresses", {**TYPED, "country": "DE"})
    assert page.status == 422
    assert "full" in page.text
    assert len(world.accounts.books["a1"]) == 20


def test_somebody_elses_address_does_not_exist(world: World) -> None:
    world.submit(world.get("/account").form("/account/addresses"), **TYPED)
    hers = world.accounts.books["a1"][0].id
    world.post("/log-out", {})
    world.log_in("Eve", "eve@example.org")
    assert world.post("/account/addresses/remove", {"id": hers}).status == 404
    assert world.post("/account/addresses/remove", {"id": "x" * 999}).status == 404
    assert world.post("/account/addresses/remove", {}).status == 404
    assert world.accounts.books["a1"]


def test_line_breaks_do_not_get_into_an_address(world: World) -> None:
    world.submit(world.get("/account").form("/account/addresses"), **{**TYPED, "street": "Way 1\r\nBack house"})
    assert world.accounts.books["a1"][0].address == Address(**{**TYPED, "street": "Way 1 Back house"}, country="DE")


def test_the_password_can_be_changed(world: World) -> None:
    form = world.get("/account").form("/account/password")
    page = world.submit(form, current=PASSWORD, new="another long one")
    assert "Your password was changed." in page.text
    assert world.accounts.passwords["a1"] == "another long one"


def test_a_password_that_will_not_do_is_said_and_not_shown(world: World) -> None:
    page = world.post("/account/password", {"current": "wrong wrong", "new": "long enough for you"})
    assert page.status == 422
    assert page.error("current") == "This is not your present password."
    assert "wrong wrong" not in page.response.text
    assert "fewer than 10" in world.post("/account/password", {"current": PASSWORD, "new": "short"}).error("new")
    empty = world.post("/account/password", {})
    assert (empty.error("current"), empty.error("new")) == ("Enter your present password.", "Choose a new password.")
    world.accounts.faults["change_password"] = TooManyAttempts(retry_after=9)
    page = world.post("/account/password", {"current": PASSWORD, "new": "long enough for you"})
    assert (page.status, page.headers["retry-after"]) == (429, "9")


def test_what_was_done_is_said_only_in_our_own_words(world: World) -> None:
    assert "evil" not in world.get("/account?done=evil").text


def test_an_accounts_pages_are_kept_by_nobody(world: World) -> None:
    for address in ("/account", "/orders", "/", "/cart"):
        assert world.get(address).headers["cache-control"] == "private, no-store"
    world.post("/log-out", {})
    assert world.get("/").headers["cache-control"] == "private, no-cache"
