"""How the shape of a type is read from an annotation."""

from __future__ import annotations

import types
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, Flag
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

import msgspec

from app.evolution.parts import FieldShape, MessageShape, TypeShape
from contracts.kit.bounds import meant

_SCALARS: dict[Any, str] = {
    None: "none",
    type(None): "none",
    bool: "bool",
    int: "int",
    float: "float",
    str: "text",
    bytes: "bytes",
    Decimal: "decimal",
    UUID: "uuid",
    date: "date",
    time: "time",
    datetime: "datetime",
    timedelta: "duration",
}
_BOUNDS = ("ge", "gt", "le", "lt", "multiple_of", "min_length", "max_length", "pattern", "tz")
_NONE = TypeShape("none")


class Types:
    """The shapes of a contract's types; ``table`` collects the messages that were met, by name."""

    def __init__(self) -> None:
        self.table: dict[str, MessageShape] = {}
        self._names: dict[type, str] = {}

    def field(self, annotation: Any, default: object) -> FieldShape:
        """Return a field's or a parameter's shape; ``default`` is UNSET for one that must be there."""
        if default is not msgspec.UNSET:
            default = msgspec.json.decode(msgspec.json.encode(default, order="deterministic"))
        return FieldShape(self.of(annotation), default)

    def fields(self, message: type[msgspec.Struct]) -> dict[str, FieldShape]:
        """Return the fields of a message, or of an error's form."""
        return {
            each.encode_name: self.field(each.type, _default(each))
            for each in sorted(msgspec.structs.fields(message), key=lambda field: field.encode_name)
        }

    def of(self, annotation: Any, **bounds: Any) -> TypeShape:
        """Return a type's shape; ``bounds`` are those that were said around it."""
        annotation = meant(annotation)
        origin, args = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            for meta in annotation.__metadata__:
                if isinstance(meta, msgspec.Meta):
                    bounds |= {name: value for name in _BOUNDS if (value := getattr(meta, name)) is not None}
            return self.of(annotation.__origin__, **bounds)
        if annotation in _SCALARS:
            return _scalar(_SCALARS[annotation], bounds)
        if origin is Literal:
            return _values(args)
        if origin is Union or origin is types.UnionType:
            parts = [meant(each) for each in args]
            literals = [value for each in parts if get_origin(each) is Literal for value in get_args(each)]
            members = [self.of(each) for each in parts if get_origin(each) is not Literal]
            return self._union([*members, *([_values(tuple(literals))] if literals else [])])
        if origin is frozenset or args[-1:] == (Ellipsis,):
            return TypeShape("set" if origin is frozenset else "list", items=(self.of(args[0]),), **_lengths(bounds))
        if origin is tuple or annotation == tuple[()]:
            return TypeShape("tuple", items=tuple(self.of(each) for each in args))
        if issubclass(annotation, Enum):
            return _enum(annotation)
        return TypeShape("message", name=self._message(annotation))

    def _message(self, message: type[msgspec.Struct]) -> str:
        name = self._names.get(message)
        if name is None:
            name, number = message.__name__, 1
            while name in self.table:
                number += 1
                name = f"{message.__name__}_{number}"
            self._names[message] = name
            self.table[name] = MessageShape()  # its place, for one that contains itself
            config = message.__struct_config__
            self.table[name] = MessageShape(self.fields(message), config.tag, config.tag_field)
        return name

    def _union(self, members: list[TypeShape]) -> TypeShape:
        flat = {each: None for member in members for each in (member.items if member.kind == "union" else (member,))}
        if len(flat) == 1:
            return next(iter(flat))
        return TypeShape("union", items=tuple(sorted(flat, key=self._place)))

    def _place(self, member: TypeShape) -> tuple[bool, str, str]:
        tag = self.table[member.name].tag if member.kind == "message" else None
        return member.kind == "none", member.kind, str(tag)


def _default(field: msgspec.structs.FieldInfo) -> object:
    if field.required:
        return msgspec.UNSET
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()


def _scalar(kind: str, bounds: dict[str, Any]) -> TypeShape:
    if kind == "datetime":
        return TypeShape(kind)  # always with a time zone: no other can cross
    if kind == "int":
        if "gt" in bounds:
            bounds["ge"] = bounds.pop("gt") + 1
        if "lt" in bounds:
            bounds["le"] = bounds.pop("lt") - 1
    return TypeShape(kind, **_lengths(bounds))


def _lengths(bounds: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in bounds.items() if (name, value) != ("min_length", 0)}


def _values(values: tuple[Any, ...]) -> TypeShape:
    said = TypeShape("values", values=tuple(_sorted(each for each in values if each is not None)))
    if None not in values:
        return said
    return TypeShape("union", items=(said, _NONE)) if said.values else _NONE


def _enum(enum: type[Enum]) -> TypeShape:
    values = tuple(_sorted({each.value for each in enum}))
    if issubclass(enum, Flag):
        return TypeShape("int", ge=0, le=sum(values))  # members are combined
    return TypeShape("values", values=values, open=_is_open(enum, values))


def _is_open(enum: type[Enum], values: tuple[str | int, ...]) -> bool:
    texts = [each for each in values if isinstance(each, str)]
    numbers = [each for each in values if isinstance(each, int)]
    try:
        enum("".join(texts) + "?" if texts else max(numbers) + 1)  # none of its own
    except Exception:  # noqa: BLE001 - its own _missing_ may do anything
        return False
    return True


def _sorted(values: Any) -> Iterator[Any]:
    yield from sorted(set(values), key=lambda value: (isinstance(value, str), value))
