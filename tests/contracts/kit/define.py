"""Contracts from text, so that a test can show one that Python would otherwise refuse to import."""

from __future__ import annotations

import collections.abc
import typing
from collections.abc import Mapping
from textwrap import dedent
from types import MappingProxyType
from typing import Any

import msgspec

from contracts import kit

_VOCABULARY = {name: getattr(kit, name) for name in kit.__all__} | {
    "Annotated": typing.Annotated,
    "AsyncIterator": collections.abc.AsyncIterator,
    "ClassVar": typing.ClassVar,
    "Generic": typing.Generic,
    "Meta": msgspec.Meta,
    "NoReturn": typing.NoReturn,
    "Protocol": typing.Protocol,
    "T": typing.TypeVar("T"),
    "kit": kit,
    "typing": typing,
}
_FUTURE = annotations.compiler_flag


def define(source: str, names: Mapping[str, object] = MappingProxyType({}), *, future: bool = True) -> Any:
    """Run source that declares a class called Shop, the kit and ``names`` at hand, and return that class.

    ``future``: with annotations as text, as `from __future__ import annotations` has it.
    """
    space = {**_VOCABULARY, **names, "__name__": __name__}
    exec(compile(dedent(source), "<shop>", "exec", flags=_FUTURE if future else 0, dont_inherit=True), space)
    return space["Shop"]


def operation(annotation: object) -> Any:
    """Return the contract of one operation that takes and returns an annotation."""
    return define(
        """
        @contract(version=1)
        class Shop(Protocol):
            @query()
            async def get(self, it: It) -> It: ...
        """,
        {"It": annotation},
    )
