"""The page tells people what the OpenAPI document tells programs, without a script."""

from __future__ import annotations

import base64
import hashlib
import re
import shlex
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from openapi_schema_validator import OAS31Validator

from app.wire.door.page import page
from app.wire.door.wording import example, inline, prose, words
from contracts.kit.hosting import Hosting
from contracts.kit.outbox import Outbox
from tests.app.runtime.builders import House
from tests.app.wire.door.builders import get, post, stage
from tests.app.wire.door.test_openapi import Odd, described
from tests.contracts.every import CONTRACTS


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return described(*(each.protocol for each in CONTRACTS), Hosting, Outbox, Odd)


@pytest.fixture(scope="module")
def soup(document: dict[str, Any]) -> BeautifulSoup:
    return BeautifulSoup(page(document), "html.parser")


def example_of(article: Tag) -> str:
    """Return the line that an operation's example is."""
    found = article.find("pre")
    assert found is not None
    return found.get_text()


def test_every_operation_is_there_with_its_example(soup: BeautifulSoup, document: dict[str, Any]) -> None:
    shown = {each["aria-labelledby"]: each for each in soup.find_all("article")}
    for path, item in document["paths"].items():
        article = shown.pop(item["post"]["operationId"])
        command = example_of(article)
        assert f'"$FREESTONE{path}"' in command
        for name in item["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]:
            assert article.find("code", string=name)
    assert not shown


def test_every_link_leads_somewhere_and_every_place_is_one(soup: BeautifulSoup) -> None:
    places = [each["id"] for each in soup.find_all(id=True)]
    assert len(places) == len(set(places))
    leads = {each["href"] for each in soup.find_all("a")} - {"openapi.json"}
    assert leads <= {f"#{place}" for place in places}


def test_the_page_is_complete_in_itself(soup: BeautifulSoup) -> None:
    assert not soup.find_all(["script", "img", "link", "iframe", "form"])
    assert not soup.find_all(style=True)
    assert "prefers-color-scheme: dark" in soup.style.get_text()  # type: ignore[union-attr]
    assert soup.html["lang"] == "en"  # type: ignore[index]


def test_an_example_is_what_the_operation_takes(soup: BeautifulSoup, document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for item in document["paths"].values():
        schema = item["post"]["requestBody"]["content"]["application/json"]["schema"]
        lenient = {**schema, "components": {"schemas": _without_texts(schemas)}}
        lenient["properties"] = _without_texts(schema["properties"])
        OAS31Validator(lenient).validate(example(schema, schemas))


def _without_texts(schema: Any) -> Any:
    """What a schema asks for but for patterns and lengths of texts, which an example leaves to its reader."""
    if isinstance(schema, list):
        return [_without_texts(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    dropped = ("pattern", "minLength") if schema.get("type") == "string" else ()
    return {key: _without_texts(each) for key, each in schema.items() if key not in dropped}


async def test_an_example_can_be_called(house: House) -> None:
    set_ = stage(house)
    soup = BeautifulSoup((await get(set_.door, "/rpc/")).body, "html.parser")
    (article,) = soup.find_all("article", {"aria-labelledby": "errand.v1.once"})
    words_ = shlex.split(example_of(article))
    assert words_[0] == "curl"
    path = words_[1].removeprefix("$FREESTONE")
    assert (await post(set_.door, path, words_[words_.index("--json") + 1].encode())).json == "done …"


async def test_the_browser_is_told_to_run_nothing(house: House) -> None:
    response = await get(stage(house).door, "/rpc/")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    style = re.search(r"<style>(.*)</style>", response.body.decode(), re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = response.headers["content-security-policy"]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 9}, "integer, 1 to 9"),
        ({"type": "integer", "minimum": 1}, "integer, at least 1"),
        ({"type": "string", "maxLength": 9}, "string, at most 9 characters"),
        ({"type": "string", "format": "date-time"}, "string, date-time"),
        ({"type": "string", "contentEncoding": "base64"}, "string, base64"),
        ({"type": "string", "pattern": "^<$"}, "string, as <code>^&lt;$</code>"),
        ({"type": "array", "items": {"type": "string"}, "maxItems": 3}, "array of string, at most 3 items"),
        ({"type": "array", "prefixItems": [{"type": "string"}, {"type": "null"}]}, "array of string, null"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string or null"),
        ({"enum": ["a", "b"]}, "<code>&#34;a&#34;</code> or <code>&#34;b&#34;</code>"),
        ({"$ref": "#/components/schemas/a.b.Card"}, '<a href="#schema-a.b.Card">Card</a>'),
        ({}, "anything"),
    ],
)
def test_a_type_is_said_in_words(schema: dict[str, Any], said: str) -> None:
    assert str(words(schema)) == said


def test_a_docstring_is_prose_and_no_markup() -> None:
    assert str(prose("One <b>.\n\nTwo ``a < b`` and `c`.")) == (
        "<p>One &lt;b&gt;.</p>\n<p>Two <code>a &lt; b</code> and <code>c</code>.</p>\n"
    )
    assert str(inline("a ` b")) == "a ` b"
