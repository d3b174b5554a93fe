"""Values of any type that may cross a boundary, within its bounds, for Hypothesis."""

from __future__ import annotations

import types
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

import msgspec
from hypothesis import strategies as st

from contracts.kit.bounds import meant

INT64 = 2**63
_ZONES = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8))])
_SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    None: st.none(),
    type(None): st.none(),
    bool: st.booleans(),
    int: st.integers(-INT64, INT64 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    str: st.text(max_size=30),
    bytes: st.binary(max_size=30),
    Decimal: st.decimals(allow_nan=False),
    UUID: st.uuids(),
    date: st.dates(),
    time: st.times(),
    timedelta: st.timedeltas(),
    datetime: st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=_ZONES),  # noqa: DTZ001 - without zone
}


@cache
def values_of(annotation: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for the values of a type."""
    annotation = meant(annotation)
    origin, args = get_origin(annotation), get_args(annotation)
    if annotation in _SCALARS:
        return _SCALARS[annotation]
    if origin is Annotated:
        return _bounded(annotation)
    if origin is Literal:
        return st.sampled_from(args)
    if origin is Union or origin is types.UnionType:
        return st.one_of([values_of(part) for part in args])
    if origin is frozenset:
        return st.frozensets(values_of(args[0]), max_size=3)
    if annotation == tuple[()]:
        return st.just(())
    if origin is tuple and args[-1:] == (Ellipsis,):
        return st.lists(values_of(args[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*[values_of(part) for part in args])
    if issubclass(annotation, Enum):
        return st.sampled_from(annotation)
    return st.deferred(lambda: _structs(annotation))


def _structs(struct: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    fields = msgspec.structs.fields(struct)
    needed = {field.name: values_of(field.type) for field in fields if field.required}
    optional = {field.name: values_of(field.type) for field in fields if not field.required}
    return st.fixed_dictionaries(needed, optional=optional).map(lambda values: struct(**values))


def _bounded(annotation: Any) -> st.SearchStrategy[Any]:
    base = meant(annotation.__origin__)
    bounds: dict[str, Any] = {}
    for meta in annotation.__metadata__:
        for name in ("ge", "le", "min_length", "max_length", "pattern"):
            if getattr(meta, name) is not None:
                bounds[name] = getattr(meta, name)
    shortest, longest = bounds.get("min_length", 0), bounds.get("max_length")
    if base is time and any(meta.tz for meta in annotation.__metadata__):
        return st.times(timezones=_ZONES)
    if base is int:
        return st.integers(bounds.get("ge", -INT64), bounds.get("le", INT64 - 1))
    if base is float:
        return st.floats(bounds.get("ge"), bounds.get("le"), allow_nan=False, allow_infinity=False)
    if base is str and "pattern" in bounds:
        matching = st.from_regex(bounds["pattern"])
        return matching.filter(lambda text: shortest <= len(text) <= (longest or len(text)))
    if base is str:
        return st.text(min_size=shortest, max_size=longest and min(longest, shortest + 30))
    if get_origin(base) is tuple:
        most = min(longest or shortest + 3, shortest + 3)
        return st.lists(values_of(get_args(base)[0]), min_size=shortest, max_size=most).map(tuple)
    return values_of(base)
