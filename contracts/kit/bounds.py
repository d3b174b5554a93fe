"""Bounds on values: the one check that holds at construction, at a call and at decoding alike."""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NewType, get_args, get_origin

import msgspec

from contracts.kit.errors import InvalidArgument

_ALIASES = getattr(typing, "TypeAliasType", ())  # Python 3.12+: type Name = …


class Check:
    """Refuse values that break the bounds of their types.

    ``names`` are the bounded fields or parameters, in the order in which the values are given.
    """

    __slots__ = ("_bounded", "_form", "_owner", "names")

    def __init__(self, owner: str, bounded: Mapping[str, Any]) -> None:
        self._owner = owner
        self._bounded = dict(bounded)
        self.names = tuple(bounded)
        # As a struct, since msgspec prepares a struct's types once, and a tuple's at every conversion.
        self._form = msgspec.defstruct("Bounded", list(bounded.items()), array_like=True, gc=False)

    def __call__(self, values: Sequence[object]) -> None:
        """Check one value for each name; raise ``InvalidArgument`` for the first that is out of bounds."""
        try:
            msgspec.convert(values, self._form)
        except msgspec.ValidationError as error:
            raise self._refusal(values, error) from None

    def _refusal(self, values: Sequence[object], first: msgspec.ValidationError) -> InvalidArgument:
        for name, value, annotation in zip(self.names, values, self._bounded.values(), strict=True):
            try:
                msgspec.convert(value, annotation)
            except msgspec.ValidationError as error:
                return InvalidArgument(where=f"{self._owner}.{name}", problem=str(error))
        return InvalidArgument(where=self._owner, problem=str(first))


def checker(owner: str, annotations: Mapping[str, Any]) -> Check | None:
    """Return the check for those annotations that carry bounds, or None where there are none."""
    bounded = {name: annotation for name, annotation in annotations.items() if is_bounded(annotation)}
    return Check(owner, bounded) if bounded else None


def is_bounded(annotation: Any) -> bool:
    """Say whether an annotation, or a part of it that is not a message, carries a ``msgspec.Meta``."""
    annotation = meant(annotation)
    if get_origin(annotation) is Annotated:
        metadata = annotation.__metadata__
        return any(isinstance(extra, msgspec.Meta) for extra in metadata) or is_bounded(annotation.__origin__)
    return any(is_bounded(part) for part in get_args(annotation))


def meant(annotation: Any) -> Any:
    """Return the type that a ``NewType``, or a name made with ``type``, stands for."""
    while True:
        if isinstance(annotation, NewType):
            annotation = annotation.__supertype__
        elif isinstance(annotation, _ALIASES):
            annotation = annotation.__value__
        else:
            return annotation
