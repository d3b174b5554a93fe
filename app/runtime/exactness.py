"""Whether a value is exactly of its declared type, all the way down, so that it is the same on the other side.

Decoding gives tuples for lists, the declared message for an heir, a float for a whole number: what is passed as it
is within a process must be so from the beginning. Each type's check is made once.
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Collection
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

import msgspec

from app.runtime.inexact import Inexact, a, said, wrong
from contracts.kit.bounds import meant

Check = Callable[[Any], None]
"""Raises `Inexact` for a value that is not exactly of its type."""

_SCALARS = (type(None), bool, int, float, str, bytes, Decimal, UUID, date, time, timedelta, datetime)


@cache
def exactness(annotation: Any) -> Check:
    """Return the check of a type that may cross a boundary."""
    annotation = meant(annotation)
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _annotated(annotation)
    if origin is Literal:
        return _literal(annotation, args)
    if origin is Union or origin is types.UnionType:
        return _union(annotation, args)
    if origin is tuple and args[-1:] == (Ellipsis,):
        return _many(annotation, tuple, exactness(args[0]))
    if origin is frozenset:
        return _many(annotation, frozenset, exactness(args[0]))
    if origin is tuple or annotation == tuple[()]:
        return _pair(annotation, tuple(exactness(each) for each in args))
    if annotation is float:
        return _float
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return _struct(annotation)
    return _plain(type(None) if annotation is None else annotation, said(annotation))


def _plain(kind: type, wanted: str) -> Check:
    def check(value: Any) -> None:
        if type(value) is not kind:
            raise wrong(value, wanted)

    return check


def _float(value: Any) -> None:
    if type(value) is not float:
        raise wrong(value, "float")
    if not math.isfinite(value):
        raise Inexact(repr(value), "float", "JSON has no such number: say None, or leave it out")


def _annotated(annotation: Any) -> Check:
    base = meant(annotation.__origin__)
    zones = [meta.tz for meta in annotation.__metadata__ if isinstance(meta, msgspec.Meta) and meta.tz is not None]
    check = exactness(base)
    if not zones:
        return check

    def check_zone(value: Any) -> None:
        check(value)
        if zones[-1] and value.tzinfo is None:
            raise Inexact(f"a {base.__name__} without a time zone", f"{base.__name__} with one", "give it UTC")
        if not zones[-1] and value.tzinfo is not None:
            raise Inexact(f"a {base.__name__} with a time zone", f"{base.__name__} without one", "leave the zone out")

    return check_zone


def _literal(annotation: Any, values: tuple[Any, ...]) -> Check:
    known = {(type(each), each) for each in values}

    def check(value: Any) -> None:
        if type(value) not in _SCALARS or (type(value), value) not in known:
            raise Inexact(repr(value), said(annotation), "give one of these")

    return check


def _union(annotation: Any, parts: tuple[Any, ...]) -> Check:
    by_kind: dict[type, Check] = {}
    for part in parts:
        for kind in _kinds(part):
            by_kind[kind] = exactness(part)

    def check(value: Any) -> None:
        found = by_kind.get(type(value))
        if found is None:
            raise wrong(value, said(annotation))
        found(value)

    return check


def _kinds(part: Any) -> tuple[type, ...]:
    """Return the classes whose instances may be of a part of a union; no two parts share one (`portable`)."""
    part = meant(part)
    while get_origin(part) is Annotated:
        part = meant(part.__origin__)
    if get_origin(part) is Literal:
        return tuple({type(each) for each in get_args(part)})
    return (type(None) if part is None else get_origin(part) or part,)


def _many(annotation: Any, kind: type[Collection[Any]], part: Check) -> Check:
    wanted = said(annotation)

    def check(value: Any) -> None:
        if type(value) is not kind:
            raise wrong(value, wanted)
        index = 0
        try:
            for item in value:
                part(item)
                index += 1
        except Inexact as error:
            raise error.within(f"[{index}]" if kind is tuple else "[…]") from None

    return check


def _pair(annotation: Any, parts: tuple[Check, ...]) -> Check:
    wanted = said(annotation)

    def check(value: Any) -> None:
        if type(value) is not tuple:
            raise wrong(value, wanted)
        if len(value) != len(parts):
            raise Inexact(f"a tuple of {len(value)}", wanted, f"give {len(parts)} values")
        for index, part in enumerate(parts):
            try:
                part(value[index])
            except Inexact as error:
                raise error.within(f"[{index}]") from None

    return check


def _struct(cls: type[msgspec.Struct]) -> Check:
    fields: list[tuple[str, Check]] = []
    is_known = False

    def check(value: Any) -> None:
        nonlocal is_known
        if type(value) is not cls:
            if isinstance(value, cls):
                kind = type(value).__name__
                raise Inexact(a(kind), cls.__name__, f"only {a(cls.__name__)} would arrive elsewhere: make it one")
            raise wrong(value, cls.__name__)
        if not is_known:  # a message may contain itself
            fields.extend((each.name, exactness(each.type)) for each in msgspec.structs.fields(cls))
            is_known = True
        name = ""
        try:
            for name, part in fields:
                part(getattr(value, name))
        except Inexact as error:
            raise error.within(f".{name}") from None

    return check
