"""A short digest of what crosses when a contract is called, by which two hosts see whether they mean the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import msgspec

from app.wire.codec import ContractCodec, OperationCodec
from contracts.kit import CallError

LENGTH = 16
"""Hexadecimal digits: enough to tell versions apart by accident; nobody is kept out by it."""

_SILENT = frozenset({"title", "description", "examples", "default", "discriminator"})
"""What a schema says and no message shows: names, words, and what a sender fills in before it sends."""


def fingerprint(codec: ContractCodec) -> str:
    """Return a contract's fingerprint: the same in every process, for every release that sends the same.

    It covers names, kinds and repetition of operations, and names, types, bounds and obligation of parameters,
    of the fields of results and items, and of declared errors with their codes; neither docstrings, nor the names
    of classes, nor deadlines and permissions, which each side keeps by itself.
    """
    operations = {name: _operation(each) for name, each in codec.operations.items()}
    canonical = json.dumps([codec.key, operations], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:LENGTH]


def _operation(codec: OperationCodec) -> dict[str, object]:
    semantics = codec.operation.semantics
    return {
        "kind": semantics.kind,
        "repeat": semantics.repeat,
        "parameters": _shape(codec.form),
        "returns": _shape(codec.operation.returns),
        "errors": {
            code: _shape(error.form) for code, error in codec.errors.items() if not issubclass(error, CallError)
        },
    }


def _shape(kind: Any) -> object:
    schema = msgspec.json.schema(kind, ref_template="{name}")
    shapes = _Shapes(schema.pop("$defs", {}))
    return [shapes.of(schema), shapes.named]


class _Shapes:
    """One type's schema, with its parts numbered in the order in which they are met instead of named."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self.named: list[object] = []
        self._definitions = definitions
        self._numbers: dict[str, int] = {}

    def of(self, schema: Any) -> object:
        """Return a schema without what is silent, in one order."""
        if not isinstance(schema, dict):
            return schema  # False, where a tuple has no further items
        return {key: self._value(key, schema[key]) for key in sorted(schema.keys() - _SILENT)}

    def _value(self, key: str, value: Any) -> object:
        if key == "$ref":
            return self._number(value)
        if key == "properties":
            return {name: self.of(value[name]) for name in sorted(value)}
        if key in ("anyOf", "prefixItems"):
            return [self.of(each) for each in value]
        if key in ("items", "additionalProperties"):
            return self.of(value)
        if key in ("enum", "required"):
            return sorted(value, key=repr)
        return value

    def _number(self, name: str) -> int:
        if name not in self._numbers:
            number = self._numbers[name] = len(self.named)
            self.named.append(None)  # its place, for one that contains itself
            self.named[number] = self.of(self._definitions[name])
        return self._numbers[name]
