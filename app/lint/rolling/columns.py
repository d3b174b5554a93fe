"""Columns as a migration makes them, and which types hold all that another one holds."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import msgspec

from app.lint.literals import Literals
from app.lint.rolling.changes import ColumnFacts

_NO_TYPES = frozenset({"CheckConstraint", "Computed", "ForeignKey", "Identity", "Sequence", "FetchedValue"})
_FILLED = frozenset({"Computed", "Identity", "FetchedValue"})
_SIZED = re.compile(r"(\w+)\((?:length=)?(\d+)\)")
_UNSIZED = frozenset({"String", "Text", "Unicode", "UnicodeText", "VARCHAR", "TEXT"})
_NUMBERS = ("SmallInteger", "Integer", "BigInteger")


def columns_made(node: ast.expr, literals: Literals) -> tuple[ColumnFacts, ...] | None:
    """Return what `Column("…", …)` makes: several where a loop names them; None where that cannot be read."""
    match node:
        case ast.Call(func=ast.Name(id="Column") | ast.Attribute(attr="Column"), args=[name, *rest], keywords=given):
            names = literals.texts(name)
        case _:
            return None
    said = {each.arg: each.value for each in given}
    flags = {key: _flag(said.get(key), key == "nullable") for key in ("nullable", "primary_key", "unique", "index")}
    if names is None or None in said or None in flags.values():
        return None
    calls = {called(each) for each in rest}
    kind = next(
        (each for each in (*rest, said.get("type_")) if each is not None and called(each) not in _NO_TYPES), None
    )
    default = said.get("server_default")
    facts = ColumnFacts(
        "",
        "" if kind is None else type_name(kind),
        required=not flags["nullable"] or bool(flags["primary_key"]),
        default=not calls.isdisjoint(_FILLED) or not (default is None or is_none(default)),
        unique=bool(flags["unique"] or flags["primary_key"]),
        index=bool(flags["index"]),
    )
    return tuple(msgspec.structs.replace(facts, name=each.casefold()) for each in names)


def checks_in(node: ast.expr) -> Iterator[ast.Call]:
    """Yield the checks that a column brings with it."""
    if isinstance(node, ast.Call):
        yield from (each for each in node.args if isinstance(each, ast.Call) and called(each) == "CheckConstraint")


def type_name(node: ast.expr) -> str:
    """Return a type as it is compared: `String(20)` for `sa.String(length=20)`, `String` for `sa.String()`."""
    text = re.sub(r"\b[\w.]+\.(?=\w)", "", ast.unparse(node)).removesuffix("()")
    return re.sub(r"\(length=(\d+)\)", r"(\1)", text)


def holds_all(new: str, old: str) -> bool | None:
    """Say whether a type holds whatever another one does; None where they are of different kinds, or unknown."""
    if new == old or (new in _UNSIZED and (old in _UNSIZED or _family(old) in _UNSIZED)):
        return True
    if new in _NUMBERS and old in _NUMBERS:
        return _NUMBERS.index(new) >= _NUMBERS.index(old)
    if _family(new) in _UNSIZED and (old in _UNSIZED or _family(old) in _UNSIZED):
        return old not in _UNSIZED and _size(new) >= _size(old)
    return None


def is_none(node: ast.expr) -> bool:
    """Say whether an expression is `None`."""
    return isinstance(node, ast.Constant) and node.value is None


def _flag(node: ast.expr | None, otherwise: bool) -> bool | None:
    match node:
        case None:
            return otherwise
        case ast.Constant(value=bool(value)):
            return value
        case _:
            return None


def called(node: ast.expr) -> str:
    """Return what a call calls, without its package; nothing where it is no call."""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name
        case _:
            return ""


def _family(type_: str) -> str:
    sized = _SIZED.fullmatch(type_)
    return "" if sized is None else sized[1]


def _size(type_: str) -> int:
    sized = _SIZED.fullmatch(type_)
    return 0 if sized is None else int(sized[2])
