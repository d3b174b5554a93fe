"""A person with a browser that runs no scripts: reads pages, follows links, fills forms in by their labels."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from functools import cached_property
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import urlencode, urljoin

import httpx2
from bs4 import BeautifulSoup, Tag

PASSWORD = "seven quiet marmots"
ADDRESS = {
    "Full name": "Ada Lovelace",
    "Street and house number": "Analytical Way 1",
    "Postal code": "10115",
    "Town or city": "Berlin",
    "Country": "Germany",
}

Filled = Mapping[str, str | bool]


class Sent(NamedTuple):
    """What a browser sends for a form."""

    method: str
    path: str
    fields: tuple[tuple[str, str], ...]

    def but(self, **fields: str) -> Sent:
        """Return the same with other values, or values more, as somebody sends who does not use the form."""
        kept = (pair for pair in self.fields if pair[0] not in fields)
        return self._replace(fields=(*kept, *fields.items()))


class Page:
    """An answer as a person sees it."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self.status = response.status_code
        self.path = response.url.raw_path.decode()

    @cached_property
    def soup(self) -> BeautifulSoup:
        """The document; a form that is filled in is filled in here."""
        return BeautifulSoup(self.response.text, "html.parser")

    @property
    def heading(self) -> str:
        """The page's main heading."""
        return said(self._one("h1"))

    @property
    def text(self) -> str:
        """What the page says, without what surrounds every page."""
        return said(self._one("main"))

    @property
    def errors(self) -> dict[str, str]:
        """What is said about each field that is marked as wrong, by the field's label."""
        found = {}
        for control in self.soup.select("[aria-invalid=true]"):
            described = str(control["aria-describedby"]).split()
            found[self.label(control)] = said(self._one(f"#{described[-1]}"))
        return found

    def label(self, control: Tag) -> str:
        """Return what stands beside a control."""
        return said(self._one(f'label[for="{control["id"]}"]'))

    def field(self, label: str) -> str:
        """Return what stands in the field of this label."""
        return next(_value(each) for each in self.soup.select("main [id]") if self._is_labelled(each, label))

    def links(self, path: str) -> list[str]:
        """Return the addresses of this store, below a path, that the page's content leads to; each once."""
        found = (str(link["href"]) for link in self.soup.select("main a[href]"))
        return list(dict.fromkeys(each for each in found if each.startswith(path)))

    @property
    def buttons(self) -> list[str]:
        """What the buttons say."""
        return [said(button) for button in self.soup.find_all("button")]

    def form(self, button: str, filled: Filled | None = None) -> Sent:
        """Return what pressing a button sends, when the fields of these labels have been filled in.

        True chooses what a label stands beside, False takes the choice back.
        """
        pressed = next(each for each in self.soup.find_all("button") if said(each) == button)
        form = pressed.find_parent("form")
        assert form is not None, f"{button} stands in no form"
        for label, value in (filled or {}).items():
            self._fill(form, label, value)
        fields = [(str(each["name"]), _value(each)) for each in form.select("[name]") if _counts(each)]
        if pressed.has_attr("name"):
            fields.append((str(pressed["name"]), str(pressed["value"])))
        method = str(form.get("method", "get")).upper()
        return Sent(method, urljoin(self.path, str(form["action"])), tuple(fields))

    def _fill(self, form: Tag, label: str, value: str | bool) -> None:
        control = next(each for each in form.select("[id]") if self._is_labelled(each, label))
        assert not control.has_attr("disabled"), f"{label} cannot be chosen"
        if isinstance(value, bool):
            for other in form.select(f'[type=radio][name="{control["name"]}"]'):
                other.attrs.pop("checked", None)
            control.attrs.pop("checked", None)
            if value:
                control["checked"] = ""
        elif control.name == "select":
            for option in control.find_all("option"):
                option.attrs.pop("selected", None)
                if said(option) == value:
                    option["selected"] = ""
        else:
            control["value"] = value

    def _is_labelled(self, control: Tag, label: str) -> bool:
        found = self.soup.select_one(f'label[for="{control["id"]}"]')
        return found is not None and label in said(found)

    def _one(self, selector: str) -> Tag:
        found = self.soup.select_one(selector)
        assert found is not None, f"{self.path} ({self.status}) has no {selector}: {said(self.soup)}"
        return found


class Shopper:
    """One browser with its own cookies, and the page that it shows."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client = httpx2.Client(base_url=url, timeout=30, follow_redirects=True)
        self.email = f"{secrets.token_hex(6)}@shopper.example"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.client.close()

    def visit(self, path: str) -> Page:
        """Open an address of the store."""
        return Page(self.client.get(path))

    def press(self, page: Page, button: str, filled: Filled | None = None) -> Page:
        """Fill in fields by their labels and press a button."""
        return self.send(page.form(button, filled))

    def post(self, path: str, fields: Mapping[str, str]) -> Page:
        """Send a form that no page has."""
        return self.send(Sent("POST", path, tuple(fields.items())))

    def send(self, sent: Sent) -> Page:
        """Send a form as a browser does for a page of the store itself."""
        if sent.method == "GET":
            return self.visit(f"{sent.path}?{urlencode(sent.fields)}" if sent.fields else sent.path)
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "origin": self.url,
            "sec-fetch-site": "same-origin",
        }
        return Page(self.client.post(sent.path, content=urlencode(sent.fields).encode(), headers=headers))

    def register(self) -> Page:
        """Register, and so log in; returns where that leads."""
        fields = {"Full name": "Ada Lovelace", "E-mail address": self.email, "Password": PASSWORD}
        return self.press(self.visit("/register"), "Register", fields)

    def add(self, product: str, quantity: int = 1, filled: Filled | None = None) -> Page:
        """Put a product into the cart by its page; returns the cart."""
        return self.press(self.visit(product), "Add to cart", {"Quantity": str(quantity), **(filled or {})})

    def buy(self, card: str = "tok_success") -> Page:
        """Order what is in the cart, to the usual address; returns where that leads."""
        return self.press(self.visit("/checkout"), "Place order", {**ADDRESS, card: True})


def said(tag: Tag) -> str:
    """Return a tag's text as one line."""
    return " ".join(tag.get_text(" ").split())


def _value(control: Tag) -> str:
    if control.name == "select":
        options = control.find_all("option")
        chosen = next((each for each in options if each.has_attr("selected")), options[0])
        return str(chosen["value"])
    return str(control.get("value", ""))


def _counts(control: Tag) -> bool:
    """Say whether a control is sent (HTML Living Standard, "Constructing the entry list")."""
    if control.name == "button" or control.has_attr("disabled"):
        return False
    return control.get("type") not in ("radio", "checkbox") or control.has_attr("checked")
