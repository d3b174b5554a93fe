"""The operations that can be called, by the names that people give them, and what is to be known of each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import NamedTuple

import msgspec
from msgspec import inspect

from app.errors import LaunchRefused
from app.runtime.part import Part
from app.wire.codec import ContractCodec, OperationCodec
from contracts.kit import ANYONE, Contract, Error, Operation

_NESTED = 4
"""How deep a value's shape is shown."""


class Known(NamedTuple):
    """An operation, its contract, and the shortest name that means it."""

    name: str
    contract: Contract
    codec: OperationCodec


def known_operations(parts: Iterable[Part]) -> dict[str, Known]:
    """Return the operations of all contracts that modules provide or need, in the order of their contracts' names.

    The newest version of a contract is the one that a name without version means.
    """
    contracts = {str(each): each for part in parts for each in (*part.provides, *part.needs)}
    newest = {each.name: each for each in sorted(contracts.values(), key=lambda each: each.version)}
    found = {}
    for key, contract in sorted(contracts.items()):
        prefix = contract.name if newest[contract.name] is contract else key
        for name, codec in ContractCodec(contract, key, contract.name).operations.items():
            found[f"{prefix}.{name}"] = Known(f"{prefix}.{name}", contract, codec)
    return found


def find_operation(given: str, known: dict[str, Known]) -> Known:
    """Return the operation of a name: catalog.get_product, catalog.v1.get_product or catalog.v1/get_product.

    `LaunchRefused` names the one that was probably meant.
    """
    name = given.replace("/", ".")
    for each in known.values():
        if name in (each.name, each.codec.path.replace("/", ".")):
            return each
    close = get_close_matches(re.sub(r"\.v\d+\.", ".", name), known, n=1)
    hint = f"did you mean {close[0]}?" if close else "`freestone call` lists them."
    raise LaunchRefused(f"There is no operation {given}; {hint}")


def summary(operation: Operation) -> str:
    """Return what an operation does, in one line."""
    return operation.doc.strip().partition("\n")[0]


def manual(known: Known) -> str:
    """Return everything that a contract says of an operation."""
    operation, semantics = known.codec.operation, known.codec.operation.semantics
    each = " for each item" if semantics.kind == "stream" else ""
    lines = [f"{known.name}: a {semantics.kind} of {known.contract}.", "", operation.doc.strip(), ""]
    lines.append(f"May be called by: {_who(operation)}. Time: at most {semantics.deadline:g} s{each}.")
    if semantics.repeat is not None:
        lines.append("Once under each --key: repeated, it gives the first answer again.")
    if operation.parameters:
        lines += ["", "Arguments, as one JSON object:"]
        for parameter in operation.parameters:
            optional = f"   (without it {_json(parameter.default)})" if parameter.has_default else ""
            lines.append(f"  {parameter.name}: {shape(parameter.type)}{optional}")
    lines += ["", f"{'Each item' if each else 'Result'}: {shape(operation.returns)}"]
    if semantics.raises:
        lines += ["", "Errors:", *(f"  {line}" for error in semantics.raises for line in _error(error))]
    return "\n".join(lines)


def shape(annotation: object) -> str:
    """Return what a value of a type looks like in JSON."""
    return _shape(inspect.type_info(annotation), _NESTED)


def _shape(info: inspect.Type, depth: int) -> str:
    match info:
        case inspect.Metadata():
            return _shape(info.type, depth)
        case inspect.StructType() if depth == 0:
            return f"{{… {info.cls.__name__}}}"
        case inspect.StructType():
            return "{" + ", ".join(_fields(info, depth)) + "}"
        case inspect.VarTupleType() | inspect.ListType() | inspect.FrozenSetType() | inspect.SetType():
            return f"[{_shape(info.item_type, depth)}, …]"
        case inspect.TupleType():
            return "[" + ", ".join(_shape(each, depth) for each in info.item_types) + "]"
        case inspect.DictType():
            return f"{{{_shape(info.key_type, depth)}: {_shape(info.value_type, depth)}, …}}"
        case inspect.UnionType():
            return " or ".join(_shape(each, depth) for each in info.types)
        case inspect.EnumType():
            return " or ".join(_json(member.value) for member in info.cls)
        case inspect.LiteralType():
            return " or ".join(map(_json, info.values))
    return _PLAIN.get(type(info), "text")


_PLAIN: dict[type[inspect.Type], str] = {
    inspect.AnyType: "anything",
    inspect.BoolType: "true or false",
    inspect.BytesType: "text in base64",
    inspect.DateTimeType: "date and time (RFC 3339)",
    inspect.DateType: "date (RFC 3339)",
    inspect.DecimalType: "number as text",
    inspect.FloatType: "number",
    inspect.IntType: "whole number",
    inspect.NoneType: "null",
    inspect.TimeDeltaType: "duration (ISO 8601)",
}


def _fields(info: inspect.StructType, depth: int) -> Iterator[str]:
    for field in info.fields:
        yield f"{field.encode_name}{'' if field.required else '?'}: {_shape(field.type, depth - 1)}"


def _error(error: type[Error]) -> Iterator[str]:
    fields = ", ".join(_fields(_struct(error.form), _NESTED))
    yield f"{error.code} {{{fields}}}" if fields else error.code
    yield f"    {(error.__doc__ or '').strip().partition(chr(10))[0]}"


def _struct(form: type[msgspec.Struct]) -> inspect.StructType:
    info = inspect.type_info(form)
    assert isinstance(info, inspect.StructType)
    return info


def _who(operation: Operation) -> str:
    allow = operation.semantics.allow
    return "anyone" if allow == ANYONE else ", ".join(sorted(role.value for role in allow))


def _json(value: object) -> str:
    return json.dumps(msgspec.to_builtins(value), ensure_ascii=False)
