"""Nobody walks from an object to what stands behind it, or to its private parts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from app.lint.forbidden.forbidden import BUSINESS, EVERYWHERE
from app.lint.forbidden.objects import KIT, RULE
from app.lint.literals import Literals
from app.lint.names import Names, imported_from, names_of
from app.lint.problem import Problem
from app.lint.reader import Reader, Scopes
from app.lint.source import Source
from app.lint.world import World

LAWFUL = {
    "app.runtime.pipeline": "gives each compiled operation its own name in tracebacks",
    "app.line": "says at which line a call was made",
    "app.lint": "proves the boundaries",
}

_WALKS = frozenset({
    "__builtins__", "__closure__", "__code__", "__globals__", "__subclasses__", "ag_frame", "cell_contents",
    "cr_frame", "f_back", "f_builtins", "f_globals", "f_locals", "gi_frame", "tb_frame",
})  # fmt: skip
_PARTS = _WALKS | {
    "__base__", "__bases__", "__defaults__", "__dict__", "__func__", "__getattribute__", "__kwdefaults__",
    "__loader__", "__mro__", "__reduce__", "__reduce_ex__", "__self__", "__spec__", "__wrapped__",
}  # fmt: skip

# Underlined, but documented for everybody's use, or judged by their whole names.
_PUBLIC = frozenset({
    "_asdict", "_current_frames", "_exit", "_field_defaults", "_fields", "_getframe", "_make", "_mapping", "_replace",
    "_tuple",
})  # fmt: skip
_READING = frozenset({
    "builtins.delattr", "builtins.getattr", "builtins.setattr", "inspect.getattr_static", "operator.attrgetter",
})  # fmt: skip
_FIELDS = re.compile(r"(?<=\.)_\w+(?=[^{}]*\})")
"""What a text such as `"{0._y}"` takes of an object."""
_OWN = frozenset({"self", "cls", "mcs", "other"})


class PartReader(Reader):
    """Reports the parts of objects, by `x.__globals__`, `x._y` or `getattr(x, "_y")`, unless x is one's own.

    One's own are `self`, `cls` and `other`, what a function declares to be of a class of this file, and what it makes
    with one. In app only the roads to frames, globals and all classes are judged.
    """

    nodes = (ast.Module, ast.ImportFrom, ast.Attribute, ast.Call, ast.MatchClass)

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._names: Names
        self._literals: Literals
        self._strict = source.package in BUSINESS
        self._parts = _PARTS if self._strict else _WALKS

    @classmethod
    def reads(cls, source: Source) -> bool:
        return source.package in EVERYWHERE and not any(
            source.name == place or source.name.startswith(f"{place}.") for place in (*LAWFUL, *KIT)
        )

    def see(self, node: Any, scopes: Scopes) -> None:
        if type(node) is ast.Attribute:
            name = node.attr
            if name in self._parts or (name[0] == "_" and self._strict):
                self._part(node, node.value, name, scopes)
        elif type(node) is ast.Call:
            self._call(node, scopes)
        elif type(node) is ast.ImportFrom:
            self._import(node)
        elif type(node) is ast.MatchClass:
            for name in node.kwd_attrs:
                self._part(node, node.cls, name, scopes)
        else:
            self._names, self._literals = names_of(node, self.source), Literals(node)

    def _call(self, node: ast.Call, scopes: Scopes) -> None:
        called = self._names.qualified(node.func, scopes)
        if called in _READING and node.args:
            for each in node.args if called == "operator.attrgetter" else node.args[1:2]:
                self._named(node, each, scopes)
        elif isinstance(node.func, ast.Attribute) and node.func.attr in {"format", "format_map"}:
            text = node.func.value.value if isinstance(node.func.value, ast.Constant) else None
            for name in _FIELDS.findall(text) if isinstance(text, str) else ():
                self._part(node, node.func.value, name, scopes)

    def _named(self, node: ast.Call, name: ast.expr, scopes: Scopes) -> None:
        texts = self._literals.texts(name)
        for step in (step for text in texts or () for step in text.split(".")):
            self._part(node, node.args[0], step, scopes)
        if texts is None and self._strict and isinstance(name, ast.BinOp | ast.Call | ast.JoinedStr):
            self.report(
                node,
                RULE,
                f"{self.source.module or self.source.name} puts a name together, {ast.unparse(name)}, and takes what "
                "has it; write the attribute out: x.name.",
            )

    def _import(self, node: ast.ImportFrom) -> None:
        package = self.source.name if self.source.is_package else self.source.name.rpartition(".")[0]
        origin = imported_from(node, package)
        if self._strict and origin.partition(".")[0] in EVERYWHERE:
            for each in node.names:
                if _is_private(each.name):
                    self._part(node, ast.Constant(origin), each.name, ())

    def _part(self, node: ast.AST, owner: ast.expr, name: str, scopes: Scopes) -> None:
        who = self.source.module or self.source.name
        if name in self._parts:
            self.report(
                node, RULE, f"{who} walks along {name} to objects that nobody handed to it; ask for them by name."
            )
        elif self._strict and _is_private(name) and not self._is_own(owner, scopes):
            self.report(node, RULE, f"{who} takes the private {name} of something else; give that a public method.")

    def _is_own(self, node: ast.expr, scopes: Scopes) -> bool:
        match node:
            case ast.Name(id=name) if name in _OWN:
                return True
            case ast.Name(id=name):
                return (
                    self._is_class(node, scopes)
                    or self._makes(self._names.bound(name, scopes), scopes)
                    or any(self._declares(scope, name, scopes) for scope in scopes)
                )
            case ast.Call(func=ast.Name(id="super" | "type")):
                return True
            case _:
                return self._makes(node, scopes)

    def _makes(self, node: object, scopes: Scopes) -> bool:
        match node:
            case ast.Call(func=ast.Attribute(value=value, attr="__new__")) | ast.Call(func=value):
                return (isinstance(value, ast.Name) and value.id == "cls") or self._is_class(value, scopes)
            case _:
                return False

    def _declares(self, scope: ast.AST, name: str, scopes: Scopes) -> bool:
        if not isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
            return False
        given = (*scope.args.posonlyargs, *scope.args.args, *scope.args.kwonlyargs)
        return any(
            each.arg == name and each.annotation is not None and self._is_class(each.annotation, scopes)
            for each in given
        )

    def _is_class(self, node: ast.AST, scopes: Scopes) -> bool:
        """Say whether an expression names a class of this file."""
        name = self._names.qualified(node, scopes) or ""
        return name.startswith(f"{self.source.name}.") or name.endswith(".Self")


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__") and name not in _PUBLIC


READERS = (PartReader,)


def judge(world: World) -> Iterator[Problem]:  # noqa: ARG001 - every file is judged by itself
    """Yield nothing: the reader says it all."""
    yield from ()
