"""What a name in a file stands for, by the file's own imports and aliases; nothing is run."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from app.lint.reader import Scopes
from app.lint.source import Source

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_BUILTINS = frozenset(builtins.__dict__)
_DEEP = 20  # so that `a = b; b = a` ends

# What a scope binds: a qualified name; an expression that it is another name for; or None for a thing of its own.
Bound = str | ast.expr | None


class Names:
    """The qualified names of one file.

    `load` after `from importlib import import_module as load` is `importlib.import_module`, and so it is after
    `load = importlib.import_module` or `load = getattr(importlib, "import_module")`. `exec` is `builtins.exec`. What
    the file defines itself at its top is called by the file's own name; parameters and values of functions are None.
    Where a name is bound twice, an import goes before an assignment, and a later import before an earlier one.
    """

    def __init__(self, tree: ast.Module, source: Source) -> None:
        self._source = source
        self._package = source.name if source.is_package else source.name.rpartition(".")[0]
        self.top: Mapping[str, Bound] = self._bindings(tree.body)
        self.exported = frozenset(_exported(tree))
        """What `__all__` lists."""
        self._inner: dict[ast.AST, Mapping[str, Bound]] = {}

    def qualified(self, node: ast.AST, scopes: Scopes = ()) -> str | None:
        """Return the qualified name of `a`, `a.b.c` or `getattr(a, "b")`, None for what has none."""
        return self._qualified(node, scopes, _DEEP)

    def _qualified(self, node: ast.AST, scopes: Scopes, deep: int) -> str | None:
        match node:
            case _ if not deep:
                return None
            case ast.Name(id=name):
                return self._named(name, scopes, deep - 1)
            case ast.Attribute(value=value, attr=name):
                owner = self._qualified(value, scopes, deep - 1)
                return None if owner is None else f"{owner}.{name}"
            case ast.Call(func=ast.Name(id="getattr"), args=[value, ast.Constant(value=str(name)), *_]):
                owner = self._qualified(value, scopes, deep - 1)
                return None if owner is None else f"{owner}.{name}"
            case ast.NamedExpr(value=value):
                return self._qualified(value, scopes, deep - 1)
            case _:
                return None

    def bound(self, name: str, scopes: Scopes = ()) -> Bound:
        """Return what the innermost scope that binds a name binds it to; None for a thing of its own, or nothing."""
        for depth in range(len(scopes), 0, -1):
            found = self._within(scopes[depth - 1])
            if name in found:
                return found[name]
        return self.top.get(name)

    def _named(self, name: str, scopes: Scopes, deep: int) -> str | None:
        for depth in range(len(scopes), 0, -1):
            scope = scopes[depth - 1]
            if isinstance(scope, ast.ClassDef) and depth < len(scopes):
                continue  # methods do not see the names of their class
            bound = self._within(scope)
            if name in bound:
                return self._resolved(bound[name], scopes[:depth], deep)
        if name in self.top:
            found = self._resolved(self.top[name], (), deep)
            return f"{self._source.name}.{name}" if found is None else found
        return f"builtins.{name}" if name in _BUILTINS else None

    def _resolved(self, bound: Bound, scopes: Scopes, deep: int) -> str | None:
        return self._qualified(bound, scopes, deep) if isinstance(bound, ast.expr) else bound

    def _within(self, scope: ast.AST) -> Mapping[str, Bound]:
        found = self._inner.get(scope)
        if found is None:
            body = scope.body if isinstance(scope, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) else []
            found = self._bindings(body, parameters_of(scope))
            self._inner[scope] = found
        return found

    def _bindings(self, body: Iterable[ast.stmt], own: Iterable[str] = ()) -> Mapping[str, Bound]:
        imported: dict[str, Bound] = {}
        bound: dict[str, Bound] = dict.fromkeys(own)
        outer: set[str] = set()
        for statement in statements(body):
            match statement:
                case ast.Import(names=names):
                    for each in names:
                        first = each.name.partition(".")[0]
                        imported[each.asname or first] = each.name if each.asname else first
                case ast.ImportFrom(names=names):
                    origin = imported_from(statement, self._package)
                    imported |= {each.asname or each.name: f"{origin}.{each.name}" for each in names}
                case ast.Global(names=names) | ast.Nonlocal(names=names):
                    outer.update(names)
                case (
                    ast.Assign(targets=[ast.Name(id=name)], value=value)
                    | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
                ):
                    bound[name] = value if isinstance(value, ast.Name | ast.Attribute | ast.Call) else None
                case _:
                    bound |= dict.fromkeys(_made(statement))
        return {name: each for name, each in {**bound, **imported}.items() if name not in outer}


@lru_cache(maxsize=1)
def names_of(tree: ast.Module, source: Source) -> Names:
    """Return the names of a file; all the readers that walk over it together share them."""
    return Names(tree, source)


def imported_from(node: ast.ImportFrom, package: str) -> str:
    """Return the absolute name of the `x` in `from x import …`, as read in a file of the package."""
    if not node.level:
        return node.module or ""
    parents = package.split(".")
    return ".".join([*parents[: len(parents) - node.level + 1], *([node.module] if node.module else [])])


def statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of one scope, those in its branches and loops included."""
    for statement in body:
        yield statement
        match statement:
            case ast.If() | ast.For() | ast.AsyncFor() | ast.While():
                yield from statements(statement.body)
                yield from statements(statement.orelse)
            case ast.With() | ast.AsyncWith():
                yield from statements(statement.body)
            case ast.Try() | ast.TryStar():
                yield from statements(statement.body)
                for handler in statement.handlers:
                    yield from statements(handler.body)
                yield from statements(statement.orelse)
                yield from statements(statement.finalbody)
            case ast.Match():
                for case in statement.cases:
                    yield from statements(case.body)
            case _:
                pass


def parameters_of(scope: ast.AST) -> list[str]:
    """Return the names of a function's parameters; a class has none."""
    if not isinstance(scope, _FUNCTIONS):
        return []
    given = scope.args
    every = (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg)
    return [each.arg for each in every if each is not None]


def _exported(tree: ast.Module) -> Iterator[str]:
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List(elts=parts) | ast.Tuple(elts=parts)):
                yield from (str(part.value) for part in parts if isinstance(part, ast.Constant))
            case _:
                pass


def _made(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement binds to a thing of the scope's own."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield statement.name
        case ast.Assign():
            yield from _targets(statement.targets)
        case ast.For() | ast.AsyncFor() | ast.AugAssign():
            yield from _targets([statement.target])
        case ast.With() | ast.AsyncWith():
            yield from _targets([item.optional_vars for item in statement.items if item.optional_vars])
        case ast.Try() | ast.TryStar():
            yield from (handler.name for handler in statement.handlers if handler.name)
        case _:
            pass


def _targets(targets: Iterable[ast.expr]) -> Iterator[str]:
    for target in targets:
        for node in ast.walk(target):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id
