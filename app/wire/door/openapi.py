"""The OpenAPI 3.1 document of what a host exports, made from its contracts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from app.evolution.shape import fingerprint
from app.wire.agreement import shapes
from app.wire.codec import ContractCodec, OperationCodec
from app.wire.door import stream
from app.wire.door.call import MEDIA, PREFIX
from app.wire.door.outcomes import OUTCOMES, Outcome
from app.wire.door.problems import DECLARED
from app.wire.door.problems import MEDIA as PROBLEM
from app.wire.door.schemas import Schema, Schemas
from app.wire.door.terms import ACTOR, DEADLINE, KEY, SYSTEM
from contracts.kit.errors import Conflict
from contracts.kit.operation import Parameter

ABOUT = """\
Every operation that this host lets others call, by the rules that hold within it: who may call, deadlines, limits, and
errors that are declared.

An operation is called by POST with a JSON object of its arguments, by name; what has a default may be left out, and
what is not known is passed over; whole numbers have no fraction, and 64 bits. The answer is its result as JSON. A
stream answers with lines of JSON as they come: `{"item": …}`, or as the last one `{"problem": …}` where it failed.
Closing the connection ends what was asked for.
"""

_MODULE = "^[a-z][a-z0-9_]*$"
_HEADERS = {
    "Request": (
        "X-Request-ID",
        "Ties log lines together: up to 128 letters, digits and signs of ASCII; another is replaced.",
        "",
    ),
    "Deadline": (
        DEADLINE,
        "Seconds that are left, such as `0.75`. The operation's own deadline holds all the same.",
        r"^[0-9]{1,9}(\.[0-9]{1,9})?$",
    ),
    "Actor": (ACTOR, "A signed assertion of who acts, as `accounts` issues it. Without it a guest does.", "^.+$"),
    "Caller": ("Freestone-Caller", "The module that calls: to be proved by a token of that name.", _MODULE),
    "System": (SYSTEM, "`1`: the system acts, on behalf of the module that calls; not beside an actor.", "^1$"),
    "Key": (
        KEY,
        "The same key and arguments again get the first answer; other arguments are a conflict.",
        "^[!#-~][ -~]*$",
    ),
}


def document(codecs: Mapping[str, ContractCodec]) -> dict[str, Any]:
    """Return the document of these contracts, by their keys; a default in it may be a tuple where JSON has an array."""
    schemas = Schemas(codecs.values())
    operations = [(key, each) for key, codec in codecs.items() for each in codec.operations.values()]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Freestone operations", "version": "1", "description": ABOUT},
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {}],
        "tags": [{"name": key, "description": each.contract.protocol.__doc__ or ""} for key, each in codecs.items()],
        "paths": {PREFIX + each.path: {"post": _operation(key, each, schemas)} for key, each in operations},
        "components": {
            "schemas": dict(sorted(schemas.components.items())),
            "parameters": {
                name: {
                    "name": header,
                    "in": "header",
                    "description": text,
                    "schema": {"type": "string", "pattern": pattern},
                }
                for name, (header, text, pattern) in _HEADERS.items()
            },
            "responses": {each.name: _response(each, schemas) for each in OUTCOMES},
            "headers": {"Request": {"description": "The request's id.", "schema": {"type": "string"}}},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of `[door] tokens`. Programs of the same machine may need none.",
                }
            },
        },
        "x-freestone-contracts": {key: fingerprint(each) for key, each in shapes(codecs, codecs).items()},
    }


def _operation(key: str, codec: OperationCodec, schemas: Schemas) -> dict[str, Any]:
    operation, semantics = codec.operation, codec.operation.semantics
    headers = [name for name in _HEADERS if name != "Key" or semantics.repeat is not None]
    return {
        "operationId": f"{key}.{operation.name}",
        "tags": [key],
        "summary": operation.doc.partition("\n")[0],
        "description": operation.doc,
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in headers],
        "requestBody": {
            "required": True,
            "content": {MEDIA.decode(): {"schema": _arguments(operation.name, operation.parameters, schemas)}},
        },
        "responses": _responses(codec, schemas),
        "x-freestone-kind": semantics.kind,
        "x-freestone-deadline": semantics.deadline,
        "x-freestone-allow": sorted(semantics.allow),
        **({} if semantics.repeat is None else {"x-freestone-repeat": semantics.repeat.value}),
    }


def _arguments(name: str, parameters: tuple[Parameter, ...], schemas: Schemas) -> Schema:
    properties = {}
    for each in parameters:
        schema = schemas.of(each.type)
        properties[each.name] = schema | {"default": msgspec.to_builtins(each.default)} if each.has_default else schema
    required = [each.name for each in parameters if not each.has_default]
    return {"title": f"Arguments of {name}", "type": "object", "properties": properties, "required": required}


def _responses(codec: OperationCodec, schemas: Schemas) -> dict[str, Any]:
    semantics = codec.operation.semantics
    result = schemas.of(codec.operation.returns)
    if semantics.kind == "stream":
        failed = {"anyOf": [schemas.problem(each) for each in codec.errors.values()]}
        lines = [_line("item", result), _line("problem", failed)]
        good = _content("The items, one a line.", stream.MEDIA, {"title": "A line", "oneOf": lines})
    else:
        good = _content("The result.", MEDIA, result)
    found = {"200": good, **{str(each.status): {"$ref": each.reference} for each in OUTCOMES}}
    conflicts = (*semantics.raises, *((Conflict,) if semantics.repeat is not None else ()))
    if conflicts:
        codes = ", ".join(each.code for each in conflicts)
        found[str(DECLARED)] = _content(f"An error of the operation: {codes}.", PROBLEM, schemas.problems(conflicts))
    return dict(sorted(found.items()))


def _line(name: str, schema: Schema) -> Schema:
    return {"type": "object", "properties": {name: schema}, "required": [name]}


def _response(outcome: Outcome, schemas: Schemas) -> dict[str, Any]:
    made = _content(outcome.text, PROBLEM, schemas.problem(outcome.error))
    for header, text in outcome.headers.items():
        made["headers"][header] = {"description": text, "schema": {"type": "string"}}
    return made


def _content(text: str, media: bytes, schema: Schema) -> dict[str, Any]:
    return {
        "description": text,
        "headers": {"X-Request-ID": {"$ref": "#/components/headers/Request"}},
        "content": {media.decode(): {"schema": schema}},
    }
