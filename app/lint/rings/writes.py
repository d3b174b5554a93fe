"""No function changes what outlives its call, save through the object that it belongs to."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from app.lint.forbidden.forbidden import BUSINESS
from app.lint.mutable import CHANGING, is_read_only, made_by
from app.lint.names import Names, names_of, statements
from app.lint.problem import Problem
from app.lint.reader import Reader, Scopes
from app.lint.rings.state import RULE, is_lawful
from app.lint.source import Source
from app.lint.world import World

_CACHES = frozenset({"functools.cache", "functools.lru_cache"})
_DEFINING = frozenset({"__init_subclass__", "__set_name__"})


class WriteReader(Reader):
    """Reports `global`, writes to names at the top of the file and to classes, caches that keep things, and defaults.

    A cache is lawful that is bounded and computes from its arguments: it changes nothing but the time that it takes.
    One without arguments is an object that everybody shares, one without a bound grows, one of a method keeps its
    object.
    """

    nodes = (
        ast.Module, ast.Global, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Delete, ast.Call, ast.FunctionDef,
        ast.AsyncFunctionDef, ast.Lambda,
    )  # fmt: skip

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._names: Names
        self._held: set[str] = set()
        self._who = source.module or source.name

    @classmethod
    def reads(cls, source: Source) -> bool:
        return source.package in BUSINESS and not is_lawful(source)

    def see(self, node: Any, scopes: Scopes) -> None:
        match node:
            case ast.Call():
                if scopes:
                    self._call(node, scopes)
                elif isinstance(node.func, ast.Name) and node.func.id == "setattr" and len(node.args) == 3:
                    self._hang(ast.Attribute(node.args[0], "…", lineno=node.lineno), node.args[2])
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._defaults(node.args, node.name, scopes)
                self._caches(node, scopes)
            case ast.Lambda():
                self._defaults(node.args, "lambda", scopes)
            case (
                ast.Assign(targets=[ast.Attribute() as hung], value=value)
                | ast.AnnAssign(target=ast.Attribute() as hung, value=ast.expr() as value)
            ) if not scopes:
                self._hang(hung, value)
            case ast.Assign(targets=targets) | ast.Delete(targets=targets):
                for target in targets:
                    self._write(target, scopes)
            case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
                self._write(target, scopes)
            case ast.Global(names=names):
                self.report(
                    node, RULE, f"{self._who} changes {', '.join(names)} at the top of a file; keep it in the service."
                )
            case _:
                self._names = names_of(node, self.source)
                self._held = set(_held(node, self._names))

    def _write(self, target: ast.expr, scopes: Scopes) -> None:
        if isinstance(target, ast.Tuple | ast.List):
            for each in target.elts:
                self._write(each, scopes)
        elif isinstance(target, ast.Attribute | ast.Subscript) and scopes:
            root = _root(target)
            if self._is_of_class(root, target, scopes):
                self.report(
                    target,
                    RULE,
                    f"{self._who} changes {ast.unparse(target)}, which all objects of the class share; "
                    "keep it in the object.",
                )
            elif isinstance(root, ast.Name) and self._is_top(root, scopes):
                self.report(
                    target,
                    RULE,
                    f"{self._who} changes {ast.unparse(target)}, which stands at the top of a file; "
                    "keep it in the service.",
                )

    def _hang(self, target: ast.Attribute, value: ast.expr) -> None:
        root = _root(target)
        if isinstance(root, ast.Name) and self._is_top(root, ()):
            made = made_by(value, self._names)
            if made is not None:
                self.report(
                    target, RULE, f"{self._who} hangs {made.what} on {ast.unparse(target)}, where all calls share it; "
                    "keep it in the service."
                )  # fmt: skip

    def _is_of_class(self, root: ast.AST, target: ast.expr, scopes: Scopes) -> bool:
        defining = any(getattr(scope, "name", "") in _DEFINING for scope in scopes)
        if isinstance(root, ast.Name) and root.id == "cls":
            return not defining
        if isinstance(root, ast.Call) and isinstance(root.func, ast.Name) and root.func.id == "type":
            return not defining and len(root.args) == 1
        return any(isinstance(node, ast.Attribute) and node.attr == "__class__" for node in ast.walk(target))

    def _is_top(self, root: ast.Name, scopes: Scopes) -> bool:
        home, _, name = (self._names.qualified(root, scopes) or "").rpartition(".")
        return home == self.source.name and name in self._names.top

    def _call(self, node: ast.Call, scopes: Scopes) -> None:
        match node.func:
            case ast.Name(id="setattr" | "delattr") if node.args:
                self._write(ast.Attribute(node.args[0], "…", lineno=node.lineno), scopes)
            case ast.Attribute(value=ast.Name(id=name) as root, attr=method) if (
                name in self._held and method in CHANGING and self._is_top(root, scopes)
            ):
                self.report(
                    node,
                    RULE,
                    f"{self._who} calls {name}.{method}(…), which changes what stands at the top of a file; "
                    "keep it in the service.",
                )
            case _:
                pass

    def _defaults(self, given: ast.arguments, function: str, scopes: Scopes) -> None:
        positional = [*given.posonlyargs, *given.args]
        defaults = [
            *zip(positional[len(positional) - len(given.defaults) :], given.defaults, strict=True),
            *zip(given.kwonlyargs, given.kw_defaults, strict=True),
        ]
        for parameter, default in defaults:
            made = made_by(default, self._names, scopes)
            if made is not None and not is_read_only(parameter.annotation, self._names, scopes):
                self.report(
                    default,
                    RULE,
                    f"{self._who} gives {function}() for {parameter.arg} {made.what} that all calls share; "
                    "annotate the parameter as Mapping[…] or Sequence[…], or take None for none.",
                )

    def _caches(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scopes: Scopes) -> None:
        for decorator in node.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            name = self._names.qualified(called, scopes)
            if name in _CACHES:
                fault = _fault(node, scopes, decorator, name)
                if fault:
                    self.report(decorator, RULE, f"{self._who} caches {node.name}(), {fault}.")


def _fault(node: ast.FunctionDef | ast.AsyncFunctionDef, scopes: Scopes, decorator: ast.expr, name: str) -> str:
    bounds = [*decorator.args, *(each.value for each in decorator.keywords)] if isinstance(decorator, ast.Call) else []
    if scopes and isinstance(scopes[-1], ast.ClassDef):
        return "which keeps its object for ever; keep the values in the object"
    if isinstance(node, ast.AsyncFunctionDef):
        return "whose coroutine can be awaited once only; keep the value in the service"
    if not ast.unparse(node.args):
        return "so that everybody shares what it makes; let the container make it"
    if name == "functools.cache" or any(isinstance(each, ast.Constant) and each.value is None for each in bounds):
        return "which grows without end; give it a bound, lru_cache(maxsize=…)"
    return ""


def _held(tree: ast.Module, names: Names) -> Iterator[str]:
    """Yield the names at the top of a file whose value could be changed, if it were not for mypy."""
    for statement in statements(tree.body):
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                if made_by(value, names) is not None:
                    yield name
            case _:
                pass


def _root(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node


READERS = (WriteReader,)


def judge(world: World) -> Iterator[Problem]:  # noqa: ARG001 - every file is judged by itself
    """Yield nothing: the reader says it all."""
    yield from ()
