"""What a history says of itself besides its changes: what is leaving, what will be demanded, what was released."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from app.lint.rolling.changes import Announcement

_LISTS = ("leaving", "tightening")


def announcements(body: Iterable[ast.stmt]) -> Iterator[Announcement]:
    """Yield what a revision announces; `ValueError` where it is not plain."""
    for name, value in _said(body):
        if name in _LISTS:
            items = value.elts if isinstance(value, ast.Tuple | ast.List) else [None]
            for item in items:
                match item:
                    case ast.Constant(value=str(text)) if text.strip():
                        yield Announcement(item.lineno, text.casefold(), name == "leaving")
                    case _:
                        raise ValueError(f'{name} otherwise than as a tuple of texts; write {name} = ("table.column",)')


def released_in(body: Iterable[ast.stmt]) -> tuple[str | None] | None:
    """Return the last revision that was released, (None,) where none was, None where nothing is said of it."""
    for name, value in _said(body):
        match name, value:
            case "released", ast.Constant(value=(str() | None) as revision):
                return (revision,)
            case "released", _:
                raise ValueError('released otherwise than as a text; write released = "0001", or None')
    return None


def _said(body: Iterable[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    for node in body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                yield name, value
