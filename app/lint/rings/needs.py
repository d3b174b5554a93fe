"""What a module declares, it uses; what provides a contract is final.

`declared-needs` in .importlinter says the reverse: what a module imports, it declares.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from app.lint.declared import Container, Manifest, containers_in, imports_in, is_contract, manifest_in, origin
from app.lint.names import Names, names_of
from app.lint.problem import Problem
from app.lint.reader import Reader, Scopes
from app.lint.source import Source
from app.lint.world import World

UNUSED = "unused-need"
FINAL = "final-provider"

_FINAL = frozenset({"typing.final", "typing_extensions.final"})
_ANYTHING = frozenset({"", "typing.Any", "builtins.object"})


class Class(msgspec.Struct, frozen=True):
    """A class of the file, by its qualified names."""

    name: str
    line: int
    bases: tuple[str, ...]
    final: bool
    contract: bool


class Facts(msgspec.Struct, frozen=True):
    """What a file declares, and what it asks of what is handed in.

    ``asked`` are the attributes of functions' parameters and of modules' classes, each with the type; ``imported`` are
    the names that the file takes over from contracts and modules.
    """

    containers: tuple[Container, ...]
    manifest: Manifest | None
    classes: tuple[Class, ...]
    asked: tuple[tuple[str, str], ...]
    imported: dict[str, str]


class NeedsReader(Reader):
    """Reads containers, manifests and classes."""

    nodes = (ast.Module, ast.ClassDef, ast.Attribute)
    Facts = Facts

    _tree: ast.Module
    _names: Names

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._classes: list[Class] = []
        self._asked: set[tuple[str, str]] = set()

    @classmethod
    def reads(cls, source: Source) -> bool:
        return source.package in {"contracts", "modules"} and not source.is_migration

    def see(self, node: Any, scopes: Scopes) -> None:
        if isinstance(node, ast.Module):
            self._tree, self._names = node, names_of(node, self.source)
        elif isinstance(node, ast.ClassDef):
            self._classes.append(self._class(node, scopes))
        elif isinstance(node.value, ast.Name):
            wanted = self._kind(node.value, scopes)
            if wanted is not None:
                self._asked.add((node.attr, wanted))

    def facts(self) -> msgspec.Struct:
        return Facts(
            tuple(containers_in(self._tree, self._names, self.source.name)),
            manifest_in(self._tree, self._names) if self.source.name.endswith(".module") else None,
            tuple(self._classes),
            tuple(sorted(self._asked)),
            imports_in(self._names),
        )

    def _class(self, node: ast.ClassDef, scopes: Scopes) -> Class:
        bases = [each.value if isinstance(each, ast.Subscript) else each for each in node.bases]
        return Class(
            f"{self.source.name}.{node.name}",
            node.lineno,
            tuple(found for each in bases if (found := self._names.qualified(each, scopes)) is not None),
            any(self._names.qualified(each, scopes) in _FINAL for each in node.decorator_list),
            is_contract(node, self._names),
        )

    def _kind(self, node: ast.Name, scopes: Scopes) -> str | None:
        """Return the type of a parameter, or the class of a module itself; None for all else, `self` too."""
        name = node.id
        for scope in reversed(scopes):
            if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                given = (*scope.args.posonlyargs, *scope.args.args, *scope.args.kwonlyargs)
                parameter = next((each for each in given if each.arg == name), None)
                if parameter is not None:
                    return None if name in {"self", "cls"} else self._type(parameter.annotation)
        found = self._names.qualified(node, scopes)
        return found if found is not None and found.startswith("modules.") else None

    def _type(self, annotation: ast.expr | None) -> str | None:
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            annotation = ast.Name(annotation.value)
        return "" if annotation is None else self._names.qualified(annotation)


READERS = (NeedsReader,)


def judge(world: World) -> Iterator[Problem]:
    """Yield the needs that nobody uses, and the providers that are not final."""
    facts = world.facts(NeedsReader, Facts)
    of_module: dict[str, dict[str, Facts]] = defaultdict(dict)
    for name, found in facts.items():
        module = world.sources[name].module
        if module is not None:
            of_module[module][name] = found
    for module, files in sorted(of_module.items()):
        yield from _unused(module, files, facts, world)
    yield from _not_final(facts, world)


def _unused(module: str, files: Mapping[str, Facts], facts: Mapping[str, Facts], world: World) -> Iterator[Problem]:
    containers = [(name, each) for name, found in files.items() for each in found.containers]
    known = _ANYTHING | {each.name for _, each in containers}
    asked = {
        attribute for found in files.values() for attribute, wanted in found.asked if _defined(wanted, facts) in known
    }
    wanted = set()
    for name, container in containers:
        for each in container.dependencies:
            wanted.add(_defined(each.wants, facts))
            if not each.used and each.attribute not in asked:
                text = f"{module} declares {each.attribute} in its container and uses it nowhere; remove it."
                yield Problem(world.sources[name].file, each.line, UNUSED, text)
    for name, found in files.items():
        for listed in found.manifest.optional if found.manifest else ():
            if _defined(listed.name, facts) not in wanted:
                what = listed.name.rpartition(".")[2]
                text = f"{module} calls {what} optional and does not need it; remove it, or declare the need."
                yield Problem(world.sources[name].file, listed.line, UNUSED, text)


def _not_final(facts: Mapping[str, Facts], world: World) -> Iterator[Problem]:
    """Yield the classes that inherit a contract, at any remove, and could be inherited, but are not."""
    classes = {each.name: (file, each) for file, found in facts.items() for each in found.classes}
    bases = {name: [_defined(base, facts) for base in each.bases] for name, (_, each) in classes.items()}
    inherited = {base for all_of_it in bases.values() for base in all_of_it}

    def provides(name: str, seen: frozenset[str] = frozenset()) -> str | None:
        for base in bases.get(name, ()):
            if base in classes and base not in seen:
                found = base if classes[base][1].contract else provides(base, seen | {base})
                if found is not None:
                    return found
        return None

    for name, (file, each) in sorted(classes.items()):
        source = world.sources[file]
        contract = None if each.final or name in inherited or source.module is None else provides(name)
        if contract is not None:
            what = name.rpartition(".")[2]
            text = (
                f"{what} provides {contract.rpartition('.')[2]} and is not final, so that nobody says which operation "
                "it lacks; put @final before it (from typing import final)."
            )
            yield Problem(source.file, each.line, FINAL, text)


def _defined(name: str, facts: Mapping[str, Facts]) -> str:
    return origin(name, lambda file: facts[file].imported if file in facts else {})
