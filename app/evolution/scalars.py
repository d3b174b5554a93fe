"""Whether a plain value that one version writes is read by another: numbers, texts, enums, instants and so on.

What stands here is what msgspec does, both with MessagePack and with JSON; the tests try every pair.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

import msgspec

from app.evolution.parts import TypeShape
from app.evolution.words import in_words, listed


class Misfit(msgspec.Struct, frozen=True):
    """Why something written is not understood: where, what is ``sent``, and what is ``read`` instead.

    Both follow the name of the place: "price.amount" "is text" there "and a whole number" here.
    """

    path: tuple[str, ...]
    sent: str
    read: str


EXACT = 2**53
"""Whole numbers beyond it are not exact as a float (IEEE 754 binary64)."""

_TEXTS: Mapping[str, tuple[int, float]] = {
    "decimal": (1, math.inf),
    "uuid": (36, 36),
    "date": (10, 10),
    "time": (8, 21),
    "duration": (3, math.inf),
}
"""How long the texts are as which such values travel; an instant is one in JSON only, and bytes are none there."""

_ITSELF = frozenset({"none", "bool", "text", "bytes", "datetime", *_TEXTS})
_INT = ("int", "numbers", "float", "decimal")
_TEXT = ("text", "texts")


def sorts(shape: TypeShape) -> set[str]:
    """Return a type's kind, but of an enum or a literal whether it has texts, numbers or both."""
    if shape.kind != "values":
        return {shape.kind}
    return {"texts" if isinstance(each, str) else "numbers" for each in shape.values}


def tried(sent: TypeShape) -> tuple[str, ...]:
    """Return the sorts by which a union's reader decodes plain values, in the order in which msgspec tries."""
    (sort,) = sorts(sent) or {"texts"}
    orders = {"int": _INT, "numbers": _INT, "float": ("float", "decimal"), "text": _TEXT, "texts": _TEXT}
    return orders.get(sort, (sort, *_TEXT))


def alike(sent: TypeShape) -> Iterator[TypeShape]:
    """Yield a literal's texts and its whole numbers apart, anything else as it is."""
    texts = tuple(each for each in sent.values if isinstance(each, str))
    numbers = tuple(each for each in sent.values if isinstance(each, int))
    if texts and numbers:
        yield from (msgspec.structs.replace(sent, values=each) for each in (texts, numbers))
    else:
        yield sent


def scalar(sent: TypeShape, read: TypeShape, path: tuple[str, ...]) -> Iterator[Misfit]:
    """Yield the reason why not every value of the one type is understood as the other, if there is one."""
    if sent.kind == "values":
        unknown = [each for each in sent.values if not _knows(read, each)]
        if unknown and read.kind == "values":
            yield Misfit(path, f"may be {listed(unknown)}", f"only {in_words(read)}")
        elif unknown:
            yield differs(path, sent, read)
    elif not _is_read(sent, read):
        yield differs(path, sent, read)


def differs(path: tuple[str, ...], sent: TypeShape, read: TypeShape) -> Misfit:
    """Return the misfit of two types that have nothing better to say."""
    return Misfit(path, f"is {in_words(sent)}", in_words(read))


def within(inner: tuple[float, float], outer: tuple[float, float]) -> bool:
    """Say whether one range lies within another, ends included."""
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def length(shape: TypeShape) -> tuple[float, float]:
    """Return the shortest and the longest that values of a type may be."""
    if shape.kind == "tuple":
        return len(shape.items), len(shape.items)
    return shape.min_length or 0, math.inf if shape.max_length is None else shape.max_length


def _is_read(sent: TypeShape, read: TypeShape) -> bool:
    pair = (sent.kind, read.kind)
    if pair in (("int", "int"), ("float", "float"), ("int", "float")):
        exact = sent.kind == read.kind or within(_range(sent), (-EXACT, EXACT))
        return exact and _is_in_range(sent, read) and _is_in_steps(sent, read)
    if pair in (("int", "decimal"), ("float", "decimal")):
        return True
    if sent.kind in _TEXTS and read.kind == "text":
        return read.pattern is None and within(_TEXTS[sent.kind], length(read))
    if read.kind == "values":
        return sent.kind in ("int", "text", *_TEXTS) and _is_open_to(read, int if sent.kind == "int" else str)
    if sent.kind != read.kind or sent.kind not in _ITSELF:
        return False
    return within(length(sent), length(read)) and read.pattern in (None, sent.pattern) and read.tz in (None, sent.tz)


def _knows(read: TypeShape, value: str | int) -> bool:
    """Say whether one value of an enum or a literal is understood."""
    if read.kind == "values":
        return value in read.values or _is_open_to(read, type(value))
    if isinstance(value, int):
        in_steps = read.multiple_of is None or value % read.multiple_of == 0
        any_step = msgspec.structs.replace(read, multiple_of=None)
        return in_steps and _is_read(TypeShape("int", ge=value, le=value), any_step)
    fits = read.kind == "text" and within((len(value), len(value)), length(read))
    return fits and (read.pattern is None or re.search(read.pattern, value) is not None)


def _is_open_to(read: TypeShape, kind: type) -> bool:
    return read.open and any(isinstance(each, kind) for each in read.values)


def _is_in_range(sent: TypeShape, read: TypeShape) -> bool:
    (low, high), (least, most) = _range(sent), _range(read)
    above = read.gt is None or sent.gt == read.gt or low > read.gt
    below = read.lt is None or sent.lt == read.lt or high < read.lt
    return above and below and within((low, high), (least, most))


def _range(shape: TypeShape) -> tuple[float, float]:
    low, high = (shape.gt if shape.ge is None else shape.ge), (shape.lt if shape.le is None else shape.le)
    return -math.inf if low is None else low, math.inf if high is None else high


def _is_in_steps(sent: TypeShape, read: TypeShape) -> bool:
    if read.multiple_of is None:
        return True
    return sent.multiple_of is not None and sent.multiple_of % read.multiple_of == 0
