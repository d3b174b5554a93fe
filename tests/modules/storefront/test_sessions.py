"""Register, log in and log out: the session's cookie, and what becomes of the guest's cart."""

from __future__ import annotations

import pytest

from contracts.accounts import TooManyAttempts
from modules.storefront.settings import StorefrontSettings
from tests.modules.storefront.world import PASSWORD, World, cookies_of, make_world

NEW = {"name": "Ada Lovelace", "email": "ada@example.org", "password": PASSWORD}


def test_registering_logs_in_and_remembers(world: World) -> None:
    form = world.get("/register").form("/register")
    page = world.submit(form, name="Ada Lovelace", email="Ada@example.org", password=PASSWORD)
    assert page.path == "/"
    assert page.html.find("button", string="Log out")
    assert [each.name for each in world.accounts.accounts.values()] == ["Ada Lovelace"]


def test_the_session_cookie_is_for_this_store_alone_and_lasts_as_the_session() -> None:
    cookies = cookies_of(make_world().post("/register", NEW))
    assert cookies == {"freestone-session": "a1-session-0; expires=…; HttpOnly; Path=/; SameSite=lax"}
    secure = make_world(settings=StorefrontSettings(secure_cookies=True)).post("/register", NEW)
    assert cookies_of(secure) == {
        "__Host-freestone-session": "a1-session-0; expires=…; HttpOnly; Path=/; SameSite=lax; Secure"
    }


def test_every_field_says_what_is_wrong_with_it_and_keeps_what_was_typed(world: World) -> None:
    page = world.post("/register", {"name": " ", "email": "ada", "password": ""})
    assert page.status == 422
    assert page.error("name") == "Enter your name."
    assert page.error("password") == "Choose a password."
    assert page.shown("email") == "ada"
    assert "2 fields" in page.text
    assert world.post("/register", {**NEW, "email": "ada"}).error("email").startswith("This is not an e-mail")
    assert "fewer than 10" in world.post("/register", {**NEW, "password": "short"}).error("password")
    assert "200" in world.post("/register", {**NEW, "password": "x" * 201}).error("password")
    assert "120" in world.post("/register", {**NEW, "name": "x" * 121}).error("name")
    assert "characters" in world.post("/register", {**NEW, "name": "A\0da"}).error("name")
    assert not world.accounts.accounts


@pytest.mark.parametrize("address", ["/register", "/log-in"])
def test_a_password_is_never_sent_back(world: World, address: str) -> None:
    answer = world.post(address, {"email": "", "password": "hunter2 hunter2"})
    assert answer.status == 422
    assert "hunter2" not in answer.response.text


def test_an_address_that_is_taken_is_said_beside_it(world: World) -> None:
    world.log_in()
    world.post("/log-out", {})
    page = world.post("/register", NEW)
    assert page.status == 422
    assert "already" in page.error("email")


def test_logging_in_and_out(world: World) -> None:
    world.log_in()
    page = world.submit(world.get("/").form("/log-out"))
    assert page.html.find("a", string="Log in")
    assert world.accounts.sessions == {}
    page = world.submit(world.get("/log-in").form("/log-in"), email="ada@example.org", password=PASSWORD)
    assert page.html.find("button", string="Log out")


def test_wrong_credentials_do_not_say_which(world: World) -> None:
    world.log_in()
    world.post("/log-out", {})
    texts = set()
    for email, password in (("ada@example.org", "wrong"), ("nobody@example.org", PASSWORD)):
        page = world.post("/log-in", {"email": email, "password": password})
        assert page.status == 422
        assert page.shown("email") == email
        texts.add(page.text)
    assert len(texts) == 1


@pytest.mark.parametrize(("seconds", "said"), [(30, "30 seconds"), (60, "a minute"), (100, "2 minutes")])
def test_too_many_attempts_say_how_long_to_wait(world: World, seconds: int, said: str) -> None:
    world.accounts.faults["log_in"] = world.accounts.faults["register"] = TooManyAttempts(retry_after=seconds)
    for address in ("/log-in", "/register"):
        page = world.post(address, NEW)
        assert page.status == 429
        assert page.headers["retry-after"] == str(seconds)
        assert said in page.text


def test_the_guests_cart_comes_along(world: World) -> None:
    world.fill_cart("S1-1", "S2-1")
    answer = world.post("/register", NEW)
    assert world.carts.held == {"a1": {"S1-1": 1, "S2-1": 1}}
    assert cookies_of(answer)["freestone-cart"] == '""; HttpOnly; Max-Age=0; Path=/; SameSite=lax'
    assert "Digging fork" in world.get("/cart").text


def test_a_cart_that_could_not_come_along_comes_with_the_next_thing_added(world: World) -> None:
    world.fill_cart("S1-1")
    world.carts.down("merge")
    assert "freestone-cart" not in cookies_of(world.post("/register", NEW))
    del world.carts.faults["merge"]
    world.fill_cart("S2-1")
    assert world.carts.held == {"a1": {"S1-1": 1, "S2-1": 1}}


def test_a_cart_that_could_not_come_along_comes_with_the_next_change(world: World) -> None:
    world.fill_cart("S1-1")
    world.carts.down("merge")
    world.post("/register", NEW)
    del world.carts.faults["merge"]
    assert world.post("/cart/change", {"sku": "S1-1", "quantity": "3"}).status == 303
    assert world.carts.held == {"a1": {"S1-1": 3}}


def test_a_cart_that_could_not_come_along_can_be_fetched(world: World) -> None:
    world.fill_cart("S1-1")
    world.carts.down("merge")
    world.post("/register", NEW)
    page = world.get("/cart")
    assert "Your cart is empty" in page.text
    form = page.form("/cart/adopt")
    assert world.submit(form).form("/cart/adopt"), "still in vain"
    del world.carts.faults["merge"]
    page = world.submit(form)
    assert "Digging fork" in page.text
    assert page.html.find("form", action="/cart/adopt") is None


def test_an_expired_session_is_forgotten_and_the_page_shown(world: World) -> None:
    world.log_in()
    world.accounts.sessions.clear()
    page = world.get("/")
    assert page.status == 200
    assert cookies_of(page)["freestone-session"].startswith('""')
    assert page.html.find("a", string="Log in")


def test_an_implausible_session_is_not_even_asked_about(world: World) -> None:
    world.browser.cookies.set("freestone-session", "x" * 201)
    assert world.get("/").status == 200
    assert not world.accounts.calls


def test_an_assertion_that_is_refused_leaves_a_guest(world: World) -> None:
    world.log_in()
    world.acting.refuses = True
    page = world.get("/")
    assert page.status == 200
    assert "Your account cannot be reached" in page.text
    assert world.get("/account").status == 403


@pytest.mark.parametrize("address", ["/account", "/orders", "/orders/F-1", "/checkout"])
def test_what_needs_an_account_asks_to_log_in_and_comes_back(world: World, address: str) -> None:
    world.log_in()
    world.post("/log-out", {})
    page = world.get(address)
    assert page.path == "/log-in"
    answer = world.post("/log-in", {**dict(page.response.url.params), "email": "ada@example.org", "password": PASSWORD})
    assert answer.headers["location"] == address


def test_htmx_is_told_to_leave_for_the_log_in(world: World) -> None:
    answer = world.browser.get("/orders/F-1", headers={"hx-request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, "/log-in?next=/orders/F-1")


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "\n//evil.example",
        "javascript:alert(1)",
        "evil.example",
        "/" + "x" * 500,
        "/\u2028",
        "",
    ],
)
def test_only_local_paths_are_redirected_to(world: World, target: str) -> None:
    assert world.post("/register", {**NEW, "next": target}).headers["location"] == "/"
    page = world.browser.get("/log-in", params={"next": target})
    assert (page.status_code, page.headers["location"]) == (303, "/")


def test_a_local_path_keeps_its_query(world: World) -> None:
    target = "/search?q=a+b&sort=name"
    assert world.post("/register", {**NEW, "next": target}).headers["location"] == target
