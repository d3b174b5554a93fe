"""What an annotation says of an object: which class of a contract's file, or of a module, it is of."""

from __future__ import annotations

import ast

import msgspec

from app.lint.names import Names
from app.lint.reader import Scopes

CALL = "()"
"""Stands in a chain for a call, and before a type for something that returns one when called."""
OURS = ("contracts.", "modules.")
"""Where the classes are that anything is said of."""
_KIT = "contracts.kit."
_THROUGH = frozenset({"Annotated", "ClassVar", "Final", "Optional", "Required"})
_CALLED = frozenset({"Callable", "Factory", "Provider", "Singleton"})


class Typed(msgspec.Struct, frozen=True, array_like=True):
    """An object by its way: ``chain`` are the attributes and calls that lead there from one of type ``root``."""

    root: str
    chain: tuple[str, ...] = ()


def annotated(node: ast.expr, names: Names, scopes: Scopes) -> Typed | None:
    """Return what an annotation says, None for what nothing is to be said of."""
    match node:
        case ast.Constant(value=str(text)):
            try:
                return annotated(ast.parse(text, mode="eval").body, names, scopes)
            except SyntaxError:
                return None
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return annotated(left, names, scopes) or annotated(right, names, scopes)
        case ast.Subscript(value=ast.Name(id=name) | ast.Attribute(attr=name), slice=inner):
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            if name in _THROUGH and parts:
                return annotated(parts[0], names, scopes)
            returned = annotated(parts[-1], names, scopes) if name in _CALLED and parts else None
            return None if returned is None else Typed(CALL + returned.root, returned.chain)
        case ast.Name() | ast.Attribute():
            name = names.qualified(node, scopes) or ""
            return Typed(name) if name.startswith(OURS) and not name.startswith(_KIT) else None
        case _:
            return None
