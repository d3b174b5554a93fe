"""Telling whether a command came again with the same arguments, whichever version of its contract sent them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import msgspec

from contracts.kit import InvalidArgument, Operation


class Arguments:
    """Makes fingerprints of one operation's arguments; ``name`` is its full name, e.g. ``catalog.change_price``.

    What is equal to its default does not count, in the messages among the arguments either: a caller whose version
    lacks that parameter, or that field, means the same.
    """

    def __init__(self, name: str, operation: Operation) -> None:
        self._name = name
        self._parameters = operation.parameters
        self._encoder = msgspec.msgpack.Encoder(order="deterministic")

    def fingerprint(self, arguments: Sequence[Any]) -> bytes:
        """Return what stands for these arguments, one for each parameter in their order.

        Raises `InvalidArgument` where they cannot be encoded: too deeply nested, say.
        """
        try:
            said = {
                each.name: self._said(value)
                for each, value in zip(self._parameters, arguments, strict=True)
                if not (each.has_default and _is(value, each.default))
            }
            return hashlib.sha256(self._encoder.encode(said)).digest()
        except (RecursionError, OverflowError, UnicodeEncodeError) as error:
            raise InvalidArgument(where=self._name, problem=str(error)) from None

    def _said(self, value: Any) -> Any:
        if isinstance(value, msgspec.Struct):
            fields = {
                name: self._said(own)
                for name, default in _defaults(type(value)).items()
                if not _is(own := getattr(value, name), default)
            }
            return (value.__struct_config__.tag, fields)
        if isinstance(value, tuple):
            return [self._said(each) for each in value]
        if isinstance(value, frozenset):
            return sorted(self._encoder.encode(self._said(each)) for each in value)
        return value


@cache
def _defaults(message: type[msgspec.Struct]) -> Mapping[str, Any]:
    """Return a message's fields, each with its default; `NODEFAULT`, which no value is, where it has none."""
    return {
        field.name: field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
        for field in msgspec.structs.fields(message)
    }


def _is(value: Any, default: Any) -> bool:
    return type(value) is type(default) and bool(value == default)
