"""The parts of a contract's shape: types, fields and messages.

Names of classes are there for people and part of no comparison: a message is its fields, an enum its values.
"""

from __future__ import annotations

from typing import Any

import msgspec


class TypeShape(msgspec.Struct, frozen=True, omit_defaults=True):
    """One type.

    ``kind`` is none, bool, int, float, text, bytes, decimal, uuid, date, time, datetime, duration, values (an enum or
    a literal), list, set, tuple, message or union. ``items`` are the type of a list's or set's items, a tuple's, or a
    union's members; ``name`` leads to a message. An ``open`` enum has a member for values that it does not know.
    A whole number's bounds are ``ge`` and ``le`` only.
    """

    kind: str
    ge: int | float | None = None
    gt: int | float | None = None
    le: int | float | None = None
    lt: int | float | None = None
    multiple_of: int | float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    tz: bool | None = None
    values: tuple[str | int, ...] = ()
    open: bool = False
    items: tuple[TypeShape, ...] = ()
    name: str = ""


class FieldShape(msgspec.Struct, frozen=True, omit_defaults=True):
    """A field or a parameter. One that has a ``default`` may be left out by who writes it."""

    type: TypeShape
    default: Any = msgspec.UNSET

    @property
    def required(self) -> bool:
        """Whether it must be there."""
        return self.default is msgspec.UNSET


class MessageShape(msgspec.Struct, frozen=True, omit_defaults=True):
    """A message, or an error's fields; its ``tag``, if it has one, is sent as the field ``tag_field``."""

    fields: dict[str, FieldShape] = {}
    tag: str | int | None = None
    tag_field: str | None = None
