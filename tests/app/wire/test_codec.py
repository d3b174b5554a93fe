"""An operation's arguments, results and errors, on their way to another process and out of the codec again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any, Protocol

import msgspec
import pytest
from msgspec import Meta

from app.wire.codec import CALL_ERRORS, ContractCodec, OperationCodec, error_form
from contracts.kit import (
    CallError,
    Error,
    Internal,
    InvalidArgument,
    Unavailable,
    contract,
    contract_of,
    query,
    stream,
)

ENCODINGS = ("msgpack", "json")


class Torn(Error):
    """A page is torn."""

    code = "shelf.torn"
    page: Annotated[int, Meta(ge=1)]
    note: str = "by nobody"


@contract(version=2)
class Shelf(Protocol):
    """Has books."""

    @query(raises=(Torn,))
    async def find(self, title: str, limit: Annotated[int, Meta(ge=1, le=9)] = 5, *, exact: bool = False) -> int: ...

    @query()
    async def count(self) -> int | None: ...

    @stream()
    def browse(self, title: str) -> AsyncIterator[int]: ...


def codec(name: str = "find") -> OperationCodec:
    """Return an operation's codec."""
    return ContractCodec(contract_of(Shelf), "shelf.v2", "shelf").operations[name]


def encode(encoding: str, value: object) -> Any:
    """Say a value in one of the encodings."""
    return (msgspec.msgpack if encoding == "msgpack" else msgspec.json).encode(value)


def arguments(encoding: str, given: object, name: str = "find") -> Any:
    """Return the form into which what arrived is decoded."""
    found = codec(name)
    return (found.arguments if encoding == "msgpack" else found.arguments_json).decode(encode(encoding, given))


def error(encoding: str, code: str, fields: object) -> Error:
    """Return the error that arrived."""
    found = codec()
    return (found.error if encoding == "msgpack" else found.error_json)(code, msgspec.Raw(encode(encoding, fields)))


def test_an_operation_has_a_path_for_machines_and_a_name_for_people() -> None:
    assert (codec().path, codec().name) == ("shelf.v2/find", "shelf.find")
    outbox = ContractCodec(contract_of(Shelf), "orders.shelf.v2", "orders.shelf")
    assert outbox.operations["find"].path == "orders.shelf.v2/find"
    assert outbox.operations["find"].name == "orders.shelf.find"
    assert set(outbox.operations) == {"find", "count", "browse"}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_arguments_are_found_by_name_and_those_left_out_have_their_defaults(encoding: str) -> None:
    form = arguments(encoding, {"exact": True, "title": "ž"})
    assert (form.title, form.limit, form.exact) == ("ž", 5, True)
    assert arguments(encoding, {}, "count") is not None


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_arguments_that_this_side_does_not_know_are_passed_over(encoding: str) -> None:
    newer = {"of": "tomorrow", "title": "a", "limit": 9, "more": [1, {"a": None}]}
    assert arguments(encoding, newer).limit == 9


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    ("given", "problem"),
    [
        pytest.param({}, "missing required field `title`", id="missing"),
        pytest.param({"title": None}, "Expected `str`", id="of another type"),
        pytest.param({"title": "a", "limit": 10}, "Expected `int` <= 9", id="out of bounds"),
        pytest.param(["a"], "Expected `object`, got `array`", id="by place"),
        pytest.param("a", "Expected `object`, got `str`", id="no arguments"),
    ],
)
def test_arguments_that_cannot_be_are_told_with_the_operations_name(encoding: str, given: object, problem: str) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        arguments(encoding, given)
    told = codec().bad_argument(caught.value)
    assert isinstance(told, InvalidArgument)
    assert told.where == "shelf.find"
    assert problem in told.problem


def test_a_method_is_called_as_its_signature_says() -> None:
    def method(title: str, limit: int, *, exact: bool) -> tuple[object, ...]:
        return title, limit, exact

    form = arguments("msgpack", {"title": "a", "limit": 2, "exact": True})
    assert codec().invoke(method, form) == ("a", 2, True)
    assert codec("count").invoke(lambda: "called", arguments("json", {}, "count")) == "called"


def test_a_streams_results_are_its_items() -> None:
    assert codec("browse").result.decode(msgspec.msgpack.encode(7)) == 7
    assert codec("browse").result_json.decode(b"7") == 7
    assert codec("count").result_json.decode(b"null") is None


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("kind", [*CALL_ERRORS.values(), Torn], ids=lambda kind: kind.code)
def test_errors_arrive_as_they_were(encoding: str, kind: type[Error]) -> None:
    values: dict[str, Any] = {"page": 3, "may_have_executed": True}
    names = kind.form.__struct_fields__
    sent = kind(**{name: values.get(name, f"the {name}") for name in names})
    arrived = error(encoding, sent.code, error_form(sent))
    assert arrived == sent
    assert arrived is not sent


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_operation_that_the_other_side_does_not_know_has_its_name_all_the_same(encoding: str) -> None:
    sent = Unavailable(operation="shelf.v2/find", reason="this host does not serve it")
    arrived = error(encoding, sent.code, error_form(sent))
    assert arrived == Unavailable(operation="shelf.find", reason="this host does not serve it")


def test_every_error_that_a_call_may_raise_is_known() -> None:
    assert {each.code: each for each in CallError.__subclasses__()} == dict(CALL_ERRORS)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_newer_sides_error_fields_are_passed_over_and_an_olders_have_their_defaults(encoding: str) -> None:
    assert error(encoding, "shelf.torn", {"page": 1, "of": "tomorrow"}) == Torn(page=1)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    ("code", "fields", "incident"),
    [
        pytest.param("shelf.burnt", {}, "it answered with an unknown error, shelf.burnt", id="unknown"),
        pytest.param("shelf.torn", {}, "it answered with a damaged error, shelf.torn: ", id="incomplete"),
        pytest.param("shelf.torn", {"page": 0}, "it answered with a damaged error, shelf.torn: ", id="out of bounds"),
        pytest.param("shelf.torn", [1], "it answered with a damaged error, shelf.torn: ", id="of another form"),
    ],
)
def test_an_error_that_cannot_be_is_internal(encoding: str, code: str, fields: object, incident: str) -> None:
    arrived = error(encoding, code, fields)
    assert isinstance(arrived, Internal)
    assert arrived.operation == "shelf.find"
    assert arrived.incident.startswith(incident)


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(
            lambda: codec().error("shelf.torn", msgspec.Raw(b"\x82\xa4page\x01\xa4note\xa1\xff")), id="no text"
        ),
        pytest.param(lambda: codec().error("shelf.torn", msgspec.Raw(b"\x81\xa1x" + b"\x91" * 5000)), id="too deep"),
        pytest.param(lambda: codec().error("shelf.torn", msgspec.Raw(b"")), id="nothing"),
        pytest.param(
            lambda: codec().error_json("shelf.torn", msgspec.Raw(b'{"page":1,"note":"\xff"}')), id="no JSON text"
        ),
        pytest.param(lambda: codec().error_json("shelf.torn", msgspec.Raw(b'{"x":' + b"[" * 5000)), id="too deep JSON"),
    ],
)
def test_bytes_that_say_no_error_do_no_harm(read: Callable[[], Error]) -> None:
    assert isinstance(read(), Internal)
