"""Which texts an expression can stand for, where a file says so in constants."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice, product

_MOST = 100
"""Alternatives of one expression; beyond, it counts as unknown."""
_TRIMS = frozenset({"cleandoc", "dedent", "lstrip", "rstrip", "strip"})


class Literals:
    """The constant texts of one file.

    A name counts as a constant if all that the file ever binds to it, in whatever scope, is constant: then it may be
    any of these. A loop over constants binds each of them.
    """

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._bound: dict[str, list[ast.expr | None]] | None = None

    def texts(self, node: ast.AST) -> tuple[str, ...] | None:
        """Return every text that the expression can be, None where that is not known."""
        found = self._texts(node, frozenset())
        return None if found is None else tuple(dict.fromkeys(found))

    def is_text(self, node: ast.AST) -> bool:
        """Say whether the expression is evidently a text, known or not."""
        match node:
            case ast.Constant(value=value):
                return isinstance(value, str)
            case ast.JoinedStr():
                return True
            case ast.BinOp(left=left, op=ast.Add() | ast.Mod(), right=right):
                return self.is_text(left) or self.is_text(right)
            case ast.Call(func=ast.Attribute(value=owner, attr="format" | "join" | "replace")):
                return self.is_text(owner)
            case ast.Call(func=ast.Attribute(value=owner, attr=name)) if name in _TRIMS:
                return self.is_text(owner) or any(map(self.is_text, node.args))
            case ast.IfExp(body=body, orelse=orelse):
                return self.is_text(body) or self.is_text(orelse)
            case ast.NamedExpr(value=value):
                return self.is_text(value)
            case ast.Name(id=name):
                values = self._bindings.get(name, [])
                return any(not isinstance(value, ast.Name | None) and self.is_text(value) for value in values)
            case _:
                return False

    def _texts(self, node: ast.AST, seen: frozenset[str]) -> list[str] | None:
        match node:
            case ast.Constant(value=str() | int() | float() as value):
                return [str(value)]
            case ast.JoinedStr(values=parts):
                return self._product(parts, seen)
            case ast.FormattedValue(value=value, conversion=-1 | 115, format_spec=None):
                return self._texts(value, seen)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._product([left, right], seen)
            case ast.IfExp(body=body, orelse=orelse):
                return self._union([body, orelse], seen)
            case ast.NamedExpr(value=value):
                return self._texts(value, seen)
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(mark)), attr="join"), args=[parts]):
                found = self._elements(parts, seen)
                return None if found is None else [mark.join(found)]
            case ast.Call(func=ast.Attribute(value=owner, attr=name), args=given) if name in _TRIMS:
                return self._texts(given[0] if given else owner, seen)
            case ast.Name(id=name) if name not in seen and name in self._bindings:
                return self._union(self._bindings[name], seen | {name})
            case _:
                return None

    def _union(self, nodes: Iterable[ast.expr | None], seen: frozenset[str]) -> list[str] | None:
        found: list[str] = []
        for node in nodes:
            texts = None if node is None else self._texts(node, seen)
            if texts is None or len(found) + len(texts) > _MOST:
                return None
            found += texts
        return found

    def _product(self, nodes: Iterable[ast.expr], seen: frozenset[str]) -> list[str] | None:
        parts = [self._texts(node, seen) for node in nodes]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        found = ["".join(each) for each in islice(product(*known), _MOST + 1)]
        return None if len(found) > _MOST else found

    def _elements(self, node: ast.AST, seen: frozenset[str]) -> tuple[str, ...] | None:
        match node:
            case ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items):
                texts = [self._texts(item, seen) for item in items]
                known = [each[0] for each in texts if each is not None and len(each) == 1]
                return tuple(known) if len(known) == len(items) else None
            case ast.Name(id=name) if name not in seen and len(self._bindings.get(name, ())) == 1:
                value = self._bindings[name][0]
                return None if value is None else self._elements(value, seen | {name})
            case _:
                return None

    @property
    def _bindings(self) -> dict[str, list[ast.expr | None]]:
        if self._bound is None:
            self._bound = defaultdict(list)
            for node in ast.walk(self._tree):
                for name, value in _bound_by(node):
                    self._bound[name].append(value)
        return self._bound


def argument(call: ast.Call, place: int, keyword: str) -> ast.expr | None:
    """Return an argument of a call by its place or its name."""
    if len(call.args) > place:
        return call.args[place]
    return next((each.value for each in call.keywords if each.arg == keyword), None)


def _bound_by(node: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    """Yield the names that a node binds, each with the expression that it then stands for, None where unknown."""
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _unpacked(target, value)
        case (
            ast.AnnAssign(target=ast.Name(id=name), value=value) | ast.NamedExpr(target=ast.Name(id=name), value=value)
        ):
            if value is not None:
                yield name, value
        case ast.For(target=target, iter=items) | ast.comprehension(target=target, iter=items):
            if isinstance(items, ast.Tuple | ast.List | ast.Set) and items.elts:
                for item in items.elts:
                    yield from _unpacked(target, item)
            else:
                yield from _unpacked(target, None)
        case ast.AugAssign(target=target) | ast.AsyncFor(target=target):
            yield from _unpacked(target, None)
        case ast.withitem(optional_vars=ast.expr() as target):
            yield from _unpacked(target, None)
        case ast.arg(arg=name) | ast.alias(asname=str(name)) | ast.ExceptHandler(name=str(name)):
            yield name, None
        case ast.alias(name=name):
            yield name.partition(".")[0], None
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name, None
        case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
            yield name, None
        case _:
            pass


def _unpacked(target: ast.expr, value: ast.expr | None) -> Iterator[tuple[str, ast.expr | None]]:
    match target, value:
        case ast.Name(id=name), _:
            yield name, value
        case ((ast.Tuple(elts=names) | ast.List(elts=names)), (ast.Tuple(elts=items) | ast.List(elts=items))) if len(
            names
        ) == len(items):
            for each, item in zip(names, items, strict=True):
                yield from _unpacked(each, item)
        case ((ast.Tuple(elts=names) | ast.List(elts=names)), _):
            for each in names:
                yield from _unpacked(each, None)
        case ast.Starred(value=inner), _:
            yield from _unpacked(inner, None)
        case _:
            pass
