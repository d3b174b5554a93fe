"""What is done with the objects that a module is handed, as far as annotations say what they are."""

from __future__ import annotations

import ast
from typing import Any, Literal

import msgspec

from app.lint.annotations import CALL, OURS, Typed, annotated
from app.lint.names import Names, names_of
from app.lint.reader import Reader, Scopes
from app.lint.source import Source

_LOOKS = frozenset({"delattr", "dir", "getattr", "hasattr", "isinstance", "issubclass", "setattr", "type", "vars"})
_LOOKERS = frozenset({"copy", "dill", "inspect", "marshal", "pickle", "shelve", "weakref"})


_MANIFEST = frozenset({"contracts.kit.Module", "contracts.kit.module.Module"})
_SEVERAL = (ast.List, ast.Set, ast.Tuple)


class Use(msgspec.Struct, frozen=True, array_like=True):
    """What is done with an object: looked at by ``by``, given an attribute, taken as a parameter, or just used."""

    line: int
    what: Typed
    kind: Literal["uses", "sets", "looks", "takes"]
    function: str
    by: str = ""


class OperationFacts(msgspec.Struct, frozen=True):
    """The types of the attributes of each class, the classes' bases, the uses, and the functions that handle events."""

    attributes: dict[str, dict[str, Typed]]
    bases: dict[str, tuple[str, ...]]
    uses: tuple[Use, ...]
    handlers: tuple[str, ...]


class OperationReader(Reader):
    """Follows annotated objects through one file."""

    nodes = (
        ast.Module,
        ast.ClassDef,
        ast.FunctionDef,
        ast.AsyncFunctionDef,
        ast.Assign,
        ast.AnnAssign,
        ast.Attribute,
        ast.Call,
        ast.Match,
    )
    Facts = OperationFacts

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._names: Names
        self._attributes: dict[str, dict[str, Typed]] = {}
        self._bases: dict[str, tuple[str, ...]] = {}
        self._uses: list[Use] = []
        self._handlers: list[str] = []
        self._variables: dict[ast.AST, dict[str, Typed | None]] = {}
        self._covered: set[int] = set()

    @classmethod
    def reads(cls, source: Source) -> bool:
        return source.module is not None and not source.is_migration

    def facts(self) -> OperationFacts | None:
        attributes = {name: types for name, types in self._attributes.items() if types}
        if not (attributes or self._uses or self._handlers):
            return None
        return OperationFacts(attributes, self._bases, tuple(self._uses), tuple(self._handlers))

    def see(self, node: Any, scopes: Scopes) -> None:
        match node:
            case ast.Module():
                self._names = names_of(node, self.source)
            case ast.ClassDef(bases=bases) if not scopes:
                names = (self._names.qualified(each, scopes) for each in bases)
                self._bases[self._class(node)] = tuple(name for name in names if name and name.startswith(OURS))
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node, scopes)
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                for target, value in zip(targets, values, strict=False):
                    self._assign(target, self._typed(value, scopes), scopes)
            case ast.Assign(targets=[target], value=value):
                self._assign(target, self._typed(value, scopes), scopes)
            case ast.AnnAssign(target=target, annotation=annotation):
                self._assign(target, annotated(annotation, self._names, scopes), scopes)
            case ast.Attribute():
                self._attribute(node, scopes)
            case ast.Call():
                self._call(node, scopes)
            case ast.Match(subject=subject):
                self._look(subject, "match", scopes)
            case _:
                pass

    def _class(self, node: ast.ClassDef) -> str:
        return f"{self.source.name}.{node.name}"

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scopes: Scopes) -> None:
        given = node.args
        variables = self._variables[node] = dict[str, Typed | None]()
        owner = scopes[0] if len(scopes) == 1 and isinstance(scopes[0], ast.ClassDef) else None
        decorators = {self._names.qualified(each, scopes) for each in node.decorator_list}
        for place, each in enumerate((*given.posonlyargs, *given.args, *given.kwonlyargs)):
            typed = None if each.annotation is None else annotated(each.annotation, self._names, scopes)
            if (
                owner is not None
                and not place
                and each.annotation is None
                and "builtins.staticmethod" not in decorators
            ):
                typed = Typed(self._class(owner))
            variables[each.arg] = typed
            if typed is not None and each.annotation is not None:
                self._note(each, typed, "takes", (*scopes, node))
        if owner is not None and node.returns is not None:
            returned = annotated(node.returns, self._names, scopes)
            if returned is not None and not returned.chain:
                is_property = any(name is not None and name.endswith("property") for name in decorators)
                kept = returned if is_property else Typed(CALL + returned.root)
                self._attributes.setdefault(self._class(owner), {})[node.name] = kept

    def _assign(self, target: ast.expr, typed: Typed | None, scopes: Scopes) -> None:
        match target:
            case ast.Name(id=name) if len(scopes) == 1 and isinstance(scopes[0], ast.ClassDef):
                if typed is not None:
                    self._attributes.setdefault(self._class(scopes[0]), {}).setdefault(name, typed)
            case ast.Name(id=name) if scopes:
                self._variables.setdefault(scopes[-1], {})[name] = typed
            case ast.Attribute(value=ast.Name(id="self"), attr=name) if scopes and isinstance(scopes[0], ast.ClassDef):
                if typed is not None:
                    self._attributes.setdefault(self._class(scopes[0]), {}).setdefault(name, typed)
            case _:
                pass

    def _attribute(self, node: ast.Attribute, scopes: Scopes) -> None:
        if id(node) in self._covered:
            return
        typed = self._typed(node, scopes)
        if typed is not None:
            self._cover(node)
            self._note(node, typed, "uses" if isinstance(node.ctx, ast.Load) else "sets", scopes)

    def _cover(self, node: ast.expr) -> None:
        """Leave out what is only the beginning of a chain that was noted."""
        while isinstance(node, ast.Attribute | ast.Call):
            node = node.value if isinstance(node, ast.Attribute) else node.func
            self._covered.add(id(node))

    def _call(self, node: ast.Call, scopes: Scopes) -> None:
        parts = [part for given in node.args for part in (given.elts if isinstance(given, _SEVERAL) else (given,))]
        looked = [part for part in parts if self._typed(part, scopes) is not None]
        listens = next((each.value for each in node.keywords if each.arg == "listens"), None)
        if not looked and listens is None:
            return
        name = self._names.qualified(node.func, scopes) or ""
        package, _, last = name.partition(".")
        if (package == "builtins" and last in _LOOKS) or package in _LOOKERS or name.endswith("typing.cast"):
            for part in looked:
                self._look(part, last.rpartition(".")[2], scopes)
        if listens is not None and name in _MANIFEST:
            self._listens(listens)

    def _listens(self, listens: ast.expr) -> None:
        if not isinstance(listens, ast.Dict):
            return
        for handler in listens.values:
            name = self._names.qualified(handler)
            if name is None or not name.startswith("modules."):
                said = f"{self.source.module} listens by something else than a function of its own"
                self.report(handler, "operations-only", f"{said}; write async def on_…(event, work) and name it.")
            else:
                self._handlers.append(name)

    def _look(self, node: ast.expr, by: str, scopes: Scopes) -> None:
        typed = self._typed(node, scopes)
        if typed is not None:
            self._note(node, typed, "looks", scopes, by)

    def _note(
        self, node: Any, typed: Typed, kind: Literal["uses", "sets", "looks", "takes"], scopes: Scopes, by: str = ""
    ) -> None:
        outer = scopes[0] if scopes else None
        function = outer.name if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef) else ""
        self._uses.append(Use(node.lineno, typed, kind, f"{self.source.name}.{function}" if function else "", by))

    def _typed(self, node: ast.expr, scopes: Scopes) -> Typed | None:
        match node:
            case ast.Name(id=name):
                for scope in reversed(scopes):
                    if name in self._variables.get(scope, ()):
                        return self._variables[scope][name]
                return None
            case ast.Attribute(value=value, attr=name):
                owner = self._typed(value, scopes)
                return None if owner is None else Typed(owner.root, (*owner.chain, name))
            case ast.Call(func=func):
                called = self._typed(func, scopes)
                if called is not None:
                    return Typed(called.root, (*called.chain, CALL))
                made = self._names.qualified(func, scopes)
                is_class = made is not None and made.startswith("modules.") and made.rpartition(".")[2][:1].isupper()
                return Typed(made) if made is not None and is_class else None
            case ast.NamedExpr(value=value):
                return self._typed(value, scopes)
            case _:
                return None
