"""A value that is not exactly of its declared type, and how that is said."""

from __future__ import annotations

import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin


class Inexact(Exception):
    """A value, or a part of it, that is something else than it was declared to be.

    ``path`` leads to it from the whole (``[3].price``); ``is_`` and ``wanted`` are said in a sentence; ``mend`` too.
    """

    def __init__(self, is_: str, wanted: str, mend: str) -> None:
        super().__init__(is_, wanted, mend)
        self.is_ = is_
        self.wanted = wanted
        self.mend = mend
        self.path = ""

    def within(self, step: str) -> Inexact:
        """Say that the value is a part of another."""
        self.path = step + self.path
        return self


def said(annotation: Any) -> str:
    """Return a type as a contract's author wrote it, without the names of modules."""
    if annotation is None or annotation is type(None):
        return "None"
    if annotation is Ellipsis:
        return "..."
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return said(annotation.__origin__)
    if origin is Literal:
        return f"Literal[{', '.join(map(repr, args))}]"
    if origin is Union or origin is types.UnionType:
        return " | ".join(map(said, args))
    if args or annotation == tuple[()]:
        return f"{origin.__name__}[{', '.join(map(said, args)) or '()'}]"
    return getattr(annotation, "__name__", str(annotation))


def wrong(value: object, wanted: str) -> Inexact:
    """Return what to raise for a value of another kind than was wanted."""
    kinds = [a(kind.partition("[")[0]) for kind in wanted.split(" | ")]
    return Inexact("None" if value is None else a(type(value).__name__), wanted, f"make it {' or '.join(kinds)}")


def a(noun: str) -> str:
    """Return a noun behind its article."""
    return noun if noun in ("None", "bytes") else f"{'an' if noun[:1] in 'aeioAEIO' else 'a'} {noun}"
