"""The OpenAPI document says everything about what a host exports, and is one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Protocol, cast

import msgspec
import pytest
from msgspec import Meta
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.wire.codec import ContractCodec
from app.wire.door.openapi import document
from contracts.kit import STAFF, Error, Message, atomic, command, contract, contract_of, query, stream
from contracts.kit.hosting import Hosting
from contracts.kit.outbox import Outbox
from tests.app.runtime.builders import Errand, House
from tests.app.wire.door.builders import get, stage
from tests.contracts.every import CONTRACTS


class Problem(Message):
    """A message that is called as a problem is.

    Its second paragraph.
    """

    what: str


class Wrong(Error):
    """Something is wrong."""

    code = "odd.wrong"
    problem: Problem


class Gone(Error):
    """It is gone."""

    code = "odd.gone"


@contract(version=2)
class Odd(Protocol):
    """Odd things."""

    @command(atomic, allow=STAFF, deadline=2.5, raises=(Wrong, Gone))
    async def do(self, what: Annotated[str, Meta(max_length=3)], *, tags: tuple[str, ...] = ("a",)) -> None:
        """Do something.

        Then something else.
        """
        ...

    @query(raises=(Gone,))
    async def ask(self) -> Problem | None: ...

    @stream()
    def watch(self) -> AsyncIterator[Problem]: ...


def described(*protocols: type) -> dict[str, Any]:
    """Return the document of some contracts, as whoever asks for it reads it."""
    found = {str(each): each for each in map(contract_of, protocols)}
    codecs = {key: ContractCodec(each, key, each.name) for key, each in found.items()}
    result: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(document(codecs)))
    return result


@pytest.fixture(scope="module")
def odd() -> dict[str, Any]:
    return described(Odd)


def resolved(schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    """Return what a schema, or a reference to one, says."""
    for part in schema.get("$ref", "#").split("/")[1:]:
        whole = whole[part]
    return whole if "$ref" in schema else schema


def validator(document: dict[str, Any]) -> OpenAPIV31SpecValidator:
    return OpenAPIV31SpecValidator(cast(Any, document))


@pytest.mark.parametrize("each", [*(each.protocol for each in CONTRACTS), Hosting, Outbox, Errand, Odd])
def test_every_contract_makes_a_valid_document(each: type) -> None:
    validator(described(each)).validate()


def test_all_contracts_together_make_one_too() -> None:
    whole = described(*(each.protocol for each in CONTRACTS), Hosting, Outbox, Odd)
    validator(whole).validate()
    assert len(whole["paths"]) == sum(len(each.operations) for each in CONTRACTS) + 4 + 1 + 3
    assert set(whole["x-freestone-contracts"]) == {tag["name"] for tag in whole["tags"]}


def test_a_document_that_is_none_would_be_noticed(odd: dict[str, Any]) -> None:
    damaged = odd | {"paths": {"/rpc/odd.v2/do": {"post": {"responses": {"200": {}}}}}}
    assert list(validator(damaged).iter_errors())


def test_an_operation_is_told_with_its_arguments_and_semantics(odd: dict[str, Any]) -> None:
    operation = odd["paths"]["/rpc/odd.v2/do"]["post"]
    assert operation["operationId"] == "odd.v2.do"
    assert operation["summary"] == "Do something."
    assert operation["description"].endswith("Then something else.")
    assert operation["requestBody"]["content"]["application/json"]["schema"] == {
        "title": "Arguments of do",
        "type": "object",
        "properties": {
            "what": {"type": "string", "maxLength": 3},
            "tags": {"type": "array", "items": {"type": "string"}, "default": ["a"]},
        },
        "required": ["what"],
    }
    assert operation["responses"]["200"]["content"] == {"application/json": {"schema": {"type": "null"}}}
    assert {name: value for name, value in operation.items() if name.startswith("x-")} == {
        "x-freestone-kind": "command",
        "x-freestone-deadline": 2.5,
        "x-freestone-allow": ["operator", "staff", "system"],
        "x-freestone-repeat": "atomic",
    }


def test_only_a_repeatable_command_takes_a_key(odd: dict[str, Any]) -> None:
    def headers(path: str) -> list[str]:
        given = odd["paths"][path]["post"]["parameters"]
        return [resolved(each, odd)["name"] for each in given]

    assert "Idempotency-Key" in headers("/rpc/odd.v2/do")
    assert "Idempotency-Key" not in headers("/rpc/odd.v2/ask")


def test_every_declared_error_has_a_schema_of_its_own(odd: dict[str, Any]) -> None:
    responses = odd["paths"]["/rpc/odd.v2/do"]["post"]["responses"]
    schema = responses["409"]["content"]["application/problem+json"]["schema"]
    codes = {"odd.wrong": "problem.Wrong", "odd.gone": "problem.Gone", "call.conflict": "problem.Conflict"}
    mapping = {code: f"#/components/schemas/{name}" for code, name in codes.items()}
    assert schema["discriminator"] == {"propertyName": "code", "mapping": mapping}
    assert [each["$ref"] for each in schema["oneOf"]] == list(mapping.values())
    fields = resolved(schema["oneOf"][0], odd)["allOf"][1]["properties"]["fields"]
    assert resolved(fields, odd)["properties"] == {"problem": {"$ref": "#/components/schemas/Problem"}}
    (only,) = odd["paths"]["/rpc/odd.v2/ask"]["post"]["responses"]["409"]["content"].values()
    assert only == {"schema": {"$ref": "#/components/schemas/problem.Gone"}}
    assert "409" not in odd["paths"]["/rpc/odd.v2/watch"]["post"]["responses"]


def test_every_status_of_the_door_is_told(odd: dict[str, Any]) -> None:
    for operation in odd["paths"].values():
        statuses = {int(each) for each in operation["post"]["responses"]} - {200, 409}
        assert statuses == {400, 401, 403, 404, 408, 413, 415, 422, 429, 500, 503, 504}


def test_a_stream_tells_its_lines(odd: dict[str, Any]) -> None:
    (media,) = odd["paths"]["/rpc/odd.v2/watch"]["post"]["responses"]["200"]["content"].items()
    item, problem = media[1]["schema"]["oneOf"]
    assert media[0] == "application/x-ndjson"
    assert (item["required"], item["properties"]) == (["item"], {"item": {"$ref": "#/components/schemas/Problem"}})
    assert problem["required"] == ["problem"]


def test_messages_keep_their_names_and_docs(odd: dict[str, Any]) -> None:
    assert odd["components"]["schemas"]["Problem"]["description"].splitlines()[-1] == "Its second paragraph."
    assert odd["components"]["schemas"]["problem"]["required"][0] == "type"


async def test_it_is_served_and_follows_what_is_exported(house: House) -> None:
    set_ = stage(house)
    before = await get(set_.door, "/rpc/openapi.json")
    assert (before.status, before.headers["content-type"]) == (200, "application/json")
    assert [tag["name"] for tag in before.json["tags"]] == ["errand.v1"]
    set_.exports.codecs["odd.v2"] = ContractCodec(contract_of(Odd), "odd.v2", "odd")  # type: ignore[index]
    set_.exports.serve("odd.v2", house.absent(Odd, "odd").binding)
    after = await get(set_.door, "/rpc/openapi.json")
    assert [tag["name"] for tag in after.json["tags"]] == ["errand.v1", "odd.v2"]
