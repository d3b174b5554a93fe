"""Values at the edges of a type, as who writes it may send them: what has a default comes with it and without it."""

from __future__ import annotations

import types
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, Flag
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

import msgspec

from contracts.kit.bounds import meant

DEPTH = 4
"""How deeply messages that contain themselves are sampled."""

_LARGE = 2**53 + 1
_SCALARS: dict[Any, tuple[Any, ...]] = {
    None: (None,),
    type(None): (None,),
    bool: (True, False),
    float: (0.0, 0.5, -1.5, 1e300),
    Decimal: (Decimal("1.50"), Decimal(3)),
    UUID: (UUID(int=5),),
    date: (date(2026, 2, 3),),
    time: (time(1, 2, 3), time(1, 2, 3, 4, tzinfo=UTC)),
    datetime: (datetime(2026, 2, 3, tzinfo=UTC),),
    timedelta: (timedelta(hours=3), timedelta(-999999, 1, 1)),
}


def samples(annotation: Any, depth: int = DEPTH, **bounds: Any) -> list[Any]:
    """Return values of a type to be encoded; a message is a dict, so that a field can be left out."""
    annotation = meant(annotation)
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        for meta in annotation.__metadata__:
            bounds |= _said(meta)
        return samples(annotation.__origin__, depth, **bounds)
    if annotation in (int, str, bytes, float):
        return [value for value in _plain(annotation, bounds) if _is_valid(value, annotation, bounds)]
    if annotation is time:
        return [value for value in _SCALARS[time] if bounds.get("tz") in (None, value.tzinfo is not None)]
    if annotation in _SCALARS:
        return list(_SCALARS[annotation])
    if origin is Literal:
        return list(args)
    if origin is Union or origin is types.UnionType:
        return [value for part in args for value in samples(part, depth)]
    if origin in (tuple, frozenset):
        return list(_arrays(origin, args, depth, bounds))
    if issubclass(annotation, Enum):
        members = list(annotation)
        combined = annotation(sum(each.value for each in members)) if issubclass(annotation, Flag) else None
        return [*members, *([combined] if combined is not None else [])]
    return list(_messages(annotation, depth)) if depth > 0 else []


def _said(meta: msgspec.Meta) -> dict[str, Any]:
    names = ("ge", "gt", "le", "lt", "multiple_of", "min_length", "max_length", "pattern", "tz")
    return {name: value for name in names if (value := getattr(meta, name)) is not None}


def _plain(kind: type, bounds: dict[str, Any]) -> Iterator[Any]:
    if kind in (int, float):
        step = bounds.get("multiple_of", 1)
        edges = [bounds[name] for name in ("ge", "gt", "le", "lt") if name in bounds]
        near = [edge + way for edge in edges for way in (-step, 0, step)]
        yield from {kind(each): None for each in (*near, 0, step, 3 * step, -step)}
        yield from (_LARGE, -_LARGE) if kind is int else (0.5, -1.5, 9.5, 1e300)
    else:
        lengths = {0, 1, 3, 100, bounds.get("min_length", 0), bounds.get("max_length", 0)}
        for letter in ("a", "A", "1"):
            texts = (letter * length for length in sorted(lengths))
            yield from texts if kind is str else (text.encode() for text in texts)


def _is_valid(value: Any, kind: type, bounds: dict[str, Any]) -> bool:
    try:
        msgspec.convert(value, Annotated[kind, msgspec.Meta(**bounds)] if bounds else kind)
    except msgspec.ValidationError:
        return False
    return True


def _arrays(origin: Any, args: tuple[Any, ...], depth: int, bounds: dict[str, Any]) -> Iterator[list[Any]]:
    if origin is tuple and args[-1:] != (Ellipsis,):
        parts = [samples(part, depth) for part in args]
        for place, part in enumerate(parts):
            yield from (
                [*(each[0] for each in parts[:place]), value, *(each[0] for each in parts[place + 1 :])]
                for value in part
            )
        return
    items = samples(args[0], depth - 1)
    shortest = bounds.get("min_length", 0)
    longest = bounds.get("max_length", shortest + 4)
    for length in sorted({shortest, min(shortest + 1, longest), longest}):
        if length == 0:
            yield []
        elif origin is frozenset and len(items) >= length:
            yield from ([*items[place:], *items[:place]][:length] for place in range(len(items)))
        elif origin is tuple:
            yield from ([item] * length for item in items)


def _messages(message: type[msgspec.Struct], depth: int) -> Iterator[dict[str, Any]]:
    fields = msgspec.structs.fields(message)
    values = {field.name: samples(field.type, depth - 1) for field in fields}
    if any(not values[field.name] for field in fields if field.required):
        return
    config = message.__struct_config__
    tag = {} if config.tag is None else {config.tag_field: config.tag}
    some = tag | {name: value[0] for name, value in values.items() if value}
    yield some
    yield tag | {field.name: values[field.name][0] for field in fields if field.required}
    for name, value in values.items():
        yield from ({**some, name: each} for each in value[1:])
