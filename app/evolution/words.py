"""Shapes in words, for sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.evolution.parts import TypeShape

MOST = 8
"""Values of an enum that a sentence lists; of a longer one it says how many more there are."""

_NAMES: Mapping[str, str] = {
    "none": "nothing",
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "text": "text",
    "bytes": "bytes",
    "decimal": "a decimal number",
    "uuid": "a UUID",
    "date": "a date",
    "time": "a time of day",
    "datetime": "an instant",
    "duration": "a duration",
}


def in_words(shape: TypeShape) -> str:
    """Return a type as a sentence says it: ``a whole number from 1 to 99``, ``a list of Product``."""
    if shape.kind == "union":
        return " or ".join(in_words(each) for each in shape.items)
    if shape.kind == "values":
        return "one of " + listed(shape.values) + (", or of others" if shape.open else "")
    if shape.kind == "message":
        return shape.name
    if shape.kind in ("list", "set"):
        return f"a {shape.kind} of {_each(shape.items)}{_lengths(shape, 'items')}"
    if shape.kind == "tuple":
        return f"a tuple ({', '.join(in_words(each) for each in shape.items)})"
    return _NAMES.get(shape.kind, f"a {shape.kind}, which is unknown") + _bounds(shape)


def listed(values: Iterable[object]) -> str:
    """Return values as a sentence lists them."""
    texts = [repr(each) for each in values]
    return ", ".join(texts[:MOST]) + (f" and {len(texts) - MOST} more" if len(texts) > MOST else "")


def spoken(path: Iterable[str]) -> str:
    """Return a path of fields as a sentence says it: ``lines[].price.amount``, empty for the whole."""
    return ".".join(path).replace(".[", "[")


def _each(items: tuple[TypeShape, ...]) -> str:
    words = " / ".join(in_words(each) for each in items)
    return f"({words})" if " or " in words else words


def _bounds(shape: TypeShape) -> str:
    unit = "bytes" if shape.kind == "bytes" else "characters"
    words = _range(shape) + _lengths(shape, unit)
    if shape.multiple_of is not None:
        words += f" in steps of {shape.multiple_of}"
    if shape.pattern is not None:
        words += f" that matches {shape.pattern!r}"
    if shape.tz is not None:
        words += " with a time zone" if shape.tz else " without a time zone"
    return words


def _range(shape: TypeShape) -> str:
    if shape.ge is not None and shape.le is not None:
        return f" from {shape.ge} to {shape.le}"
    parts = (("from", shape.ge), ("above", shape.gt), ("up to", shape.le), ("below", shape.lt))
    return "".join(f" {word} {bound}" for word, bound in parts if bound is not None)


def _lengths(shape: TypeShape, unit: str) -> str:
    least, most = shape.min_length, shape.max_length
    if least is not None and most is not None:
        return f" ({least} to {most} {unit})"
    if least is not None:
        return f" (at least {least} {unit})"
    return f" (at most {most} {unit})" if most is not None else ""
