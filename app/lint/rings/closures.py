"""No function that is made while files are read keeps something for its calls: that is state like any other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import msgspec

from app.lint.forbidden.forbidden import BUSINESS
from app.lint.mutable import CHANGING, made_by
from app.lint.names import Names, names_of, statements
from app.lint.problem import Problem
from app.lint.reader import Reader, Scopes
from app.lint.rings.state import RULE, is_lawful
from app.lint.source import Source
from app.lint.world import World

_DEFINED = (ast.FunctionDef, ast.AsyncFunctionDef)
_FUNCTIONS = (*_DEFINED, ast.Lambda)


class Made(msgspec.Struct, frozen=True, array_like=True):
    """A call while the file is read, or a decorator: in which line, of what."""

    line: int
    by: str


class ClosureFacts(msgspec.Struct, frozen=True):
    """The functions of a file whose inner ones keep something, each with what; and what it calls while it is read."""

    keepers: dict[str, str]
    made: list[Made]


class ClosureReader(Reader):
    """Looks at what inner functions do to the names of the outer one, and at calls outside of functions."""

    nodes = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.Return, ast.Call)
    Facts = ClosureFacts

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._names: Names
        self._makers: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = {}
        """Functions with others in them, or that hand on a method: few enough to be looked at closely."""
        self._made: list[Made] = []

    @classmethod
    def reads(cls, source: Source) -> bool:
        return source.package in BUSINESS and not is_lawful(source)

    def see(self, node: Any, scopes: Scopes) -> None:
        if type(node) is ast.Module:
            self._names = names_of(node, self.source)
            return
        place = next((place for place, scope in enumerate(scopes) if isinstance(scope, _FUNCTIONS)), None)
        if place is not None:
            outer = scopes[place]
            if isinstance(outer, _DEFINED) and (isinstance(node, _FUNCTIONS) or _hands_on(node)):
                path = ".".join(getattr(scope, "name", "") for scope in scopes[: place + 1])
                self._makers[f"{self.source.name}.{path}"] = outer
        elif type(node) is ast.Call:
            self._make(node.func, scopes)
        else:
            for decorator in getattr(node, "decorator_list", ()):
                self._make(decorator, scopes)

    def _make(self, called: ast.expr, scopes: Scopes) -> None:
        name = self._names.qualified(called, scopes) or ""
        if name.partition(".")[0] in BUSINESS:
            self._made.append(Made(called.lineno, name))

    def facts(self) -> ClosureFacts | None:
        found = {name: next(_kept_by(outer, self._names), "") for name, outer in self._makers.items()}
        keepers = {name: kept for name, kept in found.items() if kept}
        return ClosureFacts(keepers, self._made) if keepers or self._made else None


def _hands_on(node: ast.AST) -> bool:
    value = node.value if isinstance(node, ast.Return) else None
    parts = value.elts if isinstance(value, ast.Tuple) else [value]
    return any(isinstance(part, ast.Attribute) and part.attr in CHANGING for part in parts)


def _kept_by(outer: ast.FunctionDef | ast.AsyncFunctionDef, names: Names) -> Iterator[str]:
    """Yield the names of a function that its inner functions change."""
    changeable = {
        target.id
        for statement in statements(outer.body)
        for target, value in _assigned(statement)
        if isinstance(target, ast.Name) and made_by(value, names, (outer,)) is not None
    }
    called = {id(node.func) for node in ast.walk(outer) if isinstance(node, ast.Call)}
    inner = [node for node in ast.walk(outer) if isinstance(node, _FUNCTIONS) and node is not outer]
    for node in ast.walk(outer):  # a method that is handed on, as it is
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=method) if name in changeable and id(node) not in called:
                if method in CHANGING:
                    yield name
            case _:
                pass
    for each in (node for function in inner for node in ast.walk(function)):
        match each:
            case ast.Nonlocal(names=[name, *_]):
                yield name
            case ast.Attribute(value=ast.Name(id=name), attr=method) if name in changeable and method in CHANGING:
                yield name
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()) if name in changeable:
                yield name
            case _:
                pass


def _assigned(statement: ast.stmt) -> Iterator[tuple[ast.expr, ast.expr]]:
    match statement:
        case ast.Assign(targets=targets, value=value):
            yield from ((target, value) for target in targets)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield target, value
        case _:
            pass


READERS = (ClosureReader,)


def judge(world: World) -> Iterator[Problem]:
    """Yield each function made while files are read that keeps something."""
    facts = world.facts(ClosureReader, ClosureFacts)
    keepers = {name: kept for each in facts.values() for name, kept in each.keepers.items()}
    for file, said in facts.items():
        source = world.sources[file]
        for made in said.made:
            if made.by in keepers:
                what = made.by.rpartition(".")[2]
                text = f"{source.module or file} has {what}() make a function at the top of a file, which keeps "
                mend = f"{keepers[made.by]} from call to call; keep it in the service."
                yield Problem(source.file, made.line, RULE, text + mend)
