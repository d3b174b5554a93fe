"""`freestone call`: any operation, with help from its contract, and every answer as JSON."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.cli import call
from app.keys import ACTOR, private_key, public_key
from app.runtime.identity import AssertionSigner
from app.runtime.ports import SystemClock
from contracts.catalog import Catalog, Product, ProductNotFound, Variant
from contracts.kit import Actor, Contract, Role, Unavailable, contract_of, current_context
from contracts.kit.context import current_frame, remaining
from contracts.values import CategoryId, Money, ProductId, Sku
from tests.app.cli.commands import Done, freestone

MUG = Product(
    id=ProductId("mug"),
    name="Mug",
    brand="Böhm",
    category_id=CategoryId("mugs"),
    description="",
    attributes=(),
    variants=(Variant(sku=Sku("M-1"), price=Money(amount=990, currency="EUR"), weight_grams=300),),
)


class Shelf:
    """The catalogue's answers, and what was seen of the calls."""

    def __init__(self) -> None:
        self.seen: dict[str, Any] = {}

    async def get_product(self, product_id: ProductId) -> Product:
        self.seen = {"context": current_context(), "remaining": remaining(), "key": current_frame().next_key}
        if product_id == "gone":
            raise Unavailable(operation="catalog.get_product", reason="it is away")
        if product_id != "mug":
            raise ProductNotFound(product_id=product_id)
        return MUG

    async def export(self) -> AsyncIterator[Product]:
        yield MUG
        yield MUG
        raise ProductNotFound(product_id=ProductId("x"))


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """The catalogue of a store that runs on the test's folder."""
    shelf = Shelf()
    private_key(tmp_path, ACTOR)

    @asynccontextmanager
    async def connect(environ: Mapping[str, str], *contracts: Contract) -> AsyncIterator[object]:
        assert contracts == (contract_of(Catalog),)

        async def proxy(protocol: type) -> Shelf:
            assert protocol is Catalog
            return shelf

        yield SimpleNamespace(proxy=proxy, assembly=SimpleNamespace(settings=SimpleNamespace(data=tmp_path)))

    monkeypatch.setattr(call, "connect_cli", connect)
    return shelf


def get(product: str, *options: str) -> Done:
    return freestone("call", "catalog.get_product", f'{{"product_id": "{product}"}}', *options)


def test_the_result_is_printed_as_json(shelf: Shelf) -> None:
    done = get("mug")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith('{"id":"mug","name":"Mug","brand":"Böhm"')
    assert shelf.seen["context"].actor == Actor()
    assert shelf.seen["context"].request_id.startswith("call-")
    assert (shelf.seen["remaining"], shelf.seen["key"]) == (None, None)


def test_a_streams_items_are_printed_line_by_line_also_those_before_an_error(shelf: Shelf) -> None:
    done = freestone("call", "catalog.export")
    assert [line[:11] for line in done.out.splitlines()] == ['{"id":"mug"'] * 2
    assert (done.code, done.err) == (1, 'catalog.product_not_found {"product_id":"x"}\n')


def test_an_error_is_its_code_and_fields(shelf: Shelf) -> None:
    assert get("x") == (1, "", 'catalog.product_not_found {"product_id":"x"}\n')
    fields = '{"operation":"catalog.get_product","reason":"it is away","may_have_executed":false}'
    assert get("gone") == (1, "", f"call.unavailable {fields}\n")


def test_key_and_deadline_go_with_the_call(shelf: Shelf) -> None:
    assert get("mug", "--key", "k-1", "--deadline", "7").code == 0
    assert shelf.seen["key"] == "k-1"
    assert 0 < shelf.seen["remaining"] <= 7


def test_it_acts_as_the_system(shelf: Shelf) -> None:
    assert get("mug", "--as", "system").code == 0
    assert shelf.seen["context"].actor == Actor(id="host", roles=frozenset({Role.SYSTEM}))


def test_it_acts_as_whom_an_assertion_speaks_for_and_as_nobody_else(shelf: Shelf, tmp_path: Path) -> None:
    ada = Actor(id="ada", roles=frozenset({Role.CUSTOMER}))
    assert public_key(tmp_path, ACTOR)
    assertion = AssertionSigner(private_key(tmp_path, ACTOR), SystemClock()).sign(ada, timedelta(minutes=1))
    assert get("mug", "--as", assertion).code == 0
    assert (shelf.seen["context"].actor, shelf.seen["context"].assertion) == (ada, assertion)
    sentence = "--as takes guest, system, or an assertion that this store has signed and that has not expired.\n"
    for wrong in ("ada", AssertionSigner(bytes(32), SystemClock()).sign(ada, timedelta(minutes=1))):
        assert get("mug", "--as", wrong) == (2, "", sentence)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("", 'catalog.get_product takes {"product_id": …}: object missing required field `product_id`.'),
        ("{", "The arguments are not JSON: input data was truncated."),
        ("[]", 'catalog.get_product takes its arguments as one JSON object, such as {"product_id": …}.'),
        ('{"product": "x"}', "catalog.get_product has no parameter product; did you mean product_id?"),
        (
            '{"product_id": 1}',
            'catalog.get_product takes {"product_id": …}: expected `str`, got `int` - at `$.product_id`.',
        ),
    ],
)
def test_wrong_arguments_are_refused_in_one_sentence(arguments: str, sentence: str) -> None:
    assert freestone("call", "catalog.get_product", *([arguments] if arguments else [])) == (2, "", sentence + "\n")


def test_an_unknown_operation_is_refused() -> None:
    assert freestone("call", "catalog.get_prodct") == (
        2,
        "",
        "There is no operation catalog.get_prodct; did you mean catalog.get_product?\n",
    )


def test_without_an_operation_all_are_listed() -> None:
    done = freestone("call")
    assert done.code == 0
    lines = done.out.splitlines()
    contracts = [line.partition(".")[0] for line in lines]
    assert contracts == sorted(contracts)
    assert any(line.split()[:3] == ["catalog.get_product", "Return", "one"] for line in lines)
    assert any(line.startswith("payments.") for line in lines)


def test_help_is_the_commands_or_the_operations() -> None:
    assert "--deadline" in freestone("call", "--help").out
    shown = freestone("call", "catalog.get_product", "--help")
    assert shown.code == 0
    assert shown.out.startswith("catalog.get_product: a query of catalog.v1.\n")
    assert "catalog.product_not_found {product_id: text}" in shown.out


def test_names_are_completed_with_what_they_do() -> None:
    found = dict(call.complete("catalog.get_p"))
    assert set(found) == {"catalog.get_product", "catalog.get_products", "catalog.get_picture"}
    assert found["catalog.get_picture"].startswith("Return a product's picture.")


def test_where_nothing_runs_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FREESTONE_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    assert get("mug") == (2, "", "No store runs on this data folder.\n")
    assert list(tmp_path.iterdir()) == []
