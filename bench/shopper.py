"""One purchase through the pages, as a browser without scripts makes it: from the home page to the order history."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from html import unescape
from types import TracebackType
from typing import Self

import aiohttp

PASSWORD = "seven quiet marmots"
ADDRESS = {
    "name": "Ada Lovelace",
    "street": "Analytical Way 1",
    "postal_code": "10115",
    "city": "Berlin",
    "country": "DE",
}

_CHOSEN = re.compile(r'name="sku" value="([^"]+)"(?: checked)?>')
_CHECKED = re.compile(r'name="sku" value="([^"]+)" checked>')


class Shopper:
    """Somebody with a new browser and no account yet."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._email = f"{secrets.token_hex(8)}@shopper.example"

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True),  # the store's address is a number
            headers={"accept": "text/html", "origin": self._url, "sec-fetch-site": "same-origin"},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._session.close()

    async def buy(self, category: str, product: str) -> None:
        """Look around, put one product into the cart, register, order, and look at the history."""
        await self._open("/")
        await self._open(f"/categories/{category}")
        shown = await self._open(f"/products/{product}")
        chosen = _CHECKED.search(shown) or _CHOSEN.search(shown)
        if chosen is None:
            raise RuntimeError(f"{product} cannot be bought")
        filled = {"product": product, "sku": chosen[1], "quantity": "1"}
        await self._send("/cart/items", filled, "Your cart")
        await self._open("/checkout", "Log in")
        await self._open("/register?next=%2Fcheckout", "Register")
        who = {"next": "/checkout", "name": ADDRESS["name"], "email": self._email, "password": PASSWORD}
        checkout = await self._send("/register", who, "Checkout")
        lines = [("line", value) for value in _values(checkout, "line")]
        asked = {name: _values(checkout, name)[0] for name in ("key", "digest")}
        order = {**ADDRESS, "address": "new", "save": "yes", "payment": "tok_success", "action": "place"}
        await self._send("/checkout", [*lines, *asked.items(), *order.items()], "Thank you for your order")
        await self._open("/orders", "Your orders")

    async def _open(self, path: str, heading: str = "") -> str:
        async with self._session.get(self._url + path) as response:
            return await _read(response, heading)

    async def _send(self, path: str, fields: Mapping[str, str] | Sequence[tuple[str, str]], heading: str) -> str:
        async with self._session.post(self._url + path, data=fields) as response:
            return await _read(response, heading)


async def _read(response: aiohttp.ClientResponse, heading: str) -> str:
    text = await response.text()
    if response.status != 200 or heading not in text:
        raise RuntimeError(f"{response.url} answered {response.status}, and not “{heading}”: {text[-2000:]}")
    return text


def _values(page: str, name: str) -> list[str]:
    return [unescape(each) for each in re.findall(rf'name="{name}" value="([^"]*)"', page)]
