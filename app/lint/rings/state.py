"""A module keeps no state outside its database: what its files hold at their top, and its classes, does not change.

Two instances of a module may always run at once, and a swap puts one in another's place: what one of them keeps to
itself would be wrong in the other.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import msgspec

from app.lint.classes import Classes, ClassFacts, ClassReader
from app.lint.forbidden.forbidden import BUSINESS
from app.lint.mutable import is_of_class, is_read_only, made_by
from app.lint.names import Names, names_of, statements
from app.lint.problem import Problem
from app.lint.reader import Reader, Scopes
from app.lint.returned import CHANGES, ReturnedFacts, ReturnedReader
from app.lint.source import Source
from app.lint.world import World

RULE = "mutable-state"

LAWFUL = {
    "contracts.kit.context": "holds what a running call knows about itself, task by task",
    "contracts.kit.contract": "registers each contract as its class is made",
    "contracts.kit.errors": "keeps the bounds of each class of errors beside it, once read",
    "contracts.kit.message": "keeps the bounds of each class of messages beside it, once read",
    "contracts.kit.portable": "remembers the types that were found portable",
}


class Held(msgspec.Struct, frozen=True):
    """An object of a class of the house, or a field's default, that may be harmless: its class decides."""

    line: int
    name: str
    of: str
    what: str = ""


class StateFacts(msgspec.Struct, frozen=True):
    """What only the classes that other files define can decide."""

    objects: list[Held]
    defaults: list[Held]


def is_lawful(source: Source) -> bool:
    """Say whether a file may keep state, for the reason that `LAWFUL` gives."""
    return source.name in LAWFUL


class StateReader(Reader):
    """Looks at the assignments at the top of a file, and at the top of its classes."""

    nodes = (ast.Module, ast.ClassDef, ast.NamedExpr)
    Facts = StateFacts

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._names: Names
        self._objects: list[Held] = []
        self._defaults: list[Held] = []
        self._who = source.module or source.name

    @classmethod
    def reads(cls, source: Source) -> bool:
        return source.package in BUSINESS and not is_lawful(source)

    def see(self, node: Any, scopes: Scopes) -> None:
        inner = scopes
        if type(node) is ast.NamedExpr:
            if not scopes:
                self._holds(node, scopes, node.target, None, node.value)
            return
        if type(node) is ast.Module:
            self._names = names_of(node, self.source)
        elif any((self._names.qualified(base, scopes) or "").startswith("sqlalchemy.") for base in node.bases):
            return  # a declaration, whose maps SQLAlchemy reads once
        else:
            inner = (*scopes, node)
        for statement in statements(node.body):
            match statement:
                case ast.Assign(targets=targets, value=value):
                    for target in targets:
                        self._holds(node, inner, target, None, value)
                case ast.AnnAssign(target=target, annotation=annotation, value=ast.expr() as value):
                    self._holds(node, inner, target, annotation, value)
                case _:
                    pass

    def _holds(
        self, owner: ast.AST, scopes: Scopes, target: ast.expr, annotation: ast.expr | None, value: ast.expr
    ) -> None:
        name = ast.unparse(target)
        if not isinstance(target, ast.Name | ast.Tuple) or (name.startswith("__") and name.endswith("__")):
            return
        for call in _calls_in(value):
            kind = self._names.qualified(call.func, scopes) or ""
            if kind.partition(".")[0] in BUSINESS:
                self._objects.append(Held(target.lineno, name, kind))
        made = made_by(value, self._names, scopes)
        if made is None:
            return
        if is_read_only(annotation, self._names, scopes):
            return
        if isinstance(owner, ast.ClassDef) and annotation and not is_of_class(annotation, self._names, scopes):
            kind = self._names.qualified(ast.Name(owner.name), scopes[:-1]) or ""
            self._defaults.append(Held(target.lineno, name, kind, made.what))
        else:
            where = f"class {owner.name}" if isinstance(owner, ast.ClassDef) else "the top of a file"
            self.report(
                target, RULE, f"{self._who} keeps {made.what}, {name}, at {where}, where it can change; {made.mend}."
            )

    def facts(self) -> StateFacts | None:
        return StateFacts(self._objects, self._defaults) if self._objects or self._defaults else None


def _calls_in(value: ast.expr) -> Iterator[ast.Call]:
    """Yield the calls whose results are kept, as they are or in a collection."""
    match value:
        case ast.Call():
            yield value
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            for part in parts:
                yield from _calls_in(part)
        case ast.Dict(values=parts) | ast.BoolOp(values=parts):
            for part in parts:
                yield from _calls_in(part)
        case ast.ListComp(elt=part) | ast.SetComp(elt=part) | ast.DictComp(value=part) | ast.NamedExpr(value=part):
            yield from _calls_in(part)
        case ast.IfExp(body=one, orelse=other):
            yield from _calls_in(one)
            yield from _calls_in(other)
        case _:
            pass


READERS = (StateReader, ClassReader, ReturnedReader)


def judge(world: World) -> Iterator[Problem]:
    """Yield the objects that can change, and the defaults that all objects of a class share."""
    classes = Classes(world.facts(ClassReader, ClassFacts))
    returned = {
        function: kind
        for facts in world.facts(ReturnedReader, ReturnedFacts).values()
        for function, kind in facts.kinds.items()
    }
    for name, facts in world.facts(StateReader, StateFacts).items():
        source = world.sources[name]
        who = source.module or name
        for held in facts.objects:
            kind = returned.get(held.of, held.of)
            if kind == CHANGES or classes.can_change(kind):
                what = "what can change" if kind == CHANGES else f"an object of {kind.rpartition('.')[2]}"
                way = f"{held.name}, by {held.of.rpartition('.')[2]}()" if kind != held.of else held.name
                yield Problem(
                    source.file,
                    held.line,
                    RULE,
                    f"{who} keeps {what}, {way}, at the top of a file or class, where it can change; "
                    "make the class frozen, or let the container make its one object.",
                )
        for held in facts.defaults:
            if not classes.copies_defaults(held.of):
                yield Problem(
                    source.file,
                    held.line,
                    RULE,
                    f"{who} gives {held.of.rpartition('.')[2]}.{held.name} {held.what} that all its objects share; "
                    "set it in __init__.",
                )
