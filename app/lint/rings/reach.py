"""A file uses what it imports itself, by name: nothing by way of another file, nothing that a hook brings in."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from app.lint.contract_types.face import offered
from app.lint.forbidden.forbidden import BUSINESS, EVERYWHERE
from app.lint.names import Names, imported_from, names_of
from app.lint.problem import Problem
from app.lint.reader import Reader, Scopes
from app.lint.source import Source
from app.lint.world import World

RULE = "lazy-reach"

_KIT = "contracts.kit"
_HOOKS = frozenset({"__getattr__", "__dir__"})


class Reached(msgspec.Struct, frozen=True, array_like=True):
    """A name of the house, written out below one that the file imported."""

    line: int
    imported: str
    name: str


class ReachFacts(msgspec.Struct, frozen=True):
    """What only the tree of files and its imports can decide.

    ``taken`` are the names that the file imports from files of the house; ``borrowed`` those that it has only because
    it imported them, and does not offer to others.
    """

    reached: list[Reached]
    taken: list[Reached]
    borrowed: dict[str, str]


class ReachReader(Reader):
    """Reports hooks at the top of a file and star imports, and reads what is reached through imported packages."""

    nodes = (ast.Module, ast.ImportFrom, ast.FunctionDef, ast.Assign, ast.Attribute)
    Facts = ReachFacts

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._names: Names
        self._who = source.module or source.name
        self._package = source.name if source.is_package else source.name.rpartition(".")[0]
        self._packages: set[str] = set()
        """Names that the file imported from the house and that may be packages or files."""
        self._inner: ast.AST | None = None
        self._reached: dict[str, Reached] = {}
        self._taken: list[Reached] = []
        self._offered: set[str] = set()

    @classmethod
    def reads(cls, source: Source) -> bool:
        return source.package in EVERYWHERE

    def see(self, node: Any, scopes: Scopes) -> None:
        match node:
            case ast.Attribute():
                is_inner, self._inner = node is self._inner, node.value
                if not is_inner:
                    self._reach(node, scopes)
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.FunctionDef(name=name):
                if not scopes and name in _HOOKS:
                    self._hook(node, name)
            case ast.ImportFrom():
                self._import(node)
            case ast.Module():
                self._names = names_of(node, self.source)
                self._packages = {name for name, what in self._names.top.items() if _may_be_a_file(what)}
            case _:
                pass

    def _hook(self, node: ast.AST, name: str) -> None:
        self.report(
            node,
            RULE,
            f"{self._who} defines {name} for a file, which brings in what nobody sees; import at the top what it has.",
        )

    def _import(self, node: ast.ImportFrom) -> None:
        origin = imported_from(node, self._package)
        for each in node.names:
            if each.name == "*":
                self.report(
                    node, RULE, f"{self._who} imports everything from {origin}, so that nothing says what; name it."
                )
            elif origin.partition(".")[0] in EVERYWHERE:
                self._taken.append(Reached(node.lineno, origin, each.name))
            if each.asname == each.name:
                self._offered.add(each.name)

    def _reach(self, node: ast.Attribute, scopes: Scopes) -> None:
        root: ast.AST = node
        while type(root) is ast.Attribute:
            root = root.value
        if type(root) is ast.Name and root.id in self._packages:
            name, imported = self._names.qualified(node, scopes), self._names.bound(root.id, scopes)
            if name is not None and isinstance(imported, str):
                self._reached.setdefault(name, Reached(node.lineno, imported, name))

    def facts(self) -> ReachFacts | None:
        borrowed = {} if self.source.is_package else self._borrowed()
        if not (self._reached or self._taken or borrowed):
            return None
        return ReachFacts(list(self._reached.values()), self._taken, borrowed)

    def _borrowed(self) -> dict[str, str]:
        return {
            name: what
            for name, what in self._names.top.items()
            if isinstance(what, str) and name not in self._offered and name not in self._names.exported
        }


def _may_be_a_file(bound: object) -> bool:
    return isinstance(bound, str) and bound.partition(".")[0] in EVERYWHERE and bound.rpartition(".")[2].islower()


READERS = (ReachReader,)


def judge(world: World) -> Iterator[Problem]:
    """Yield what is reached through a package that does not import it, or taken from a file that only imported it."""
    facts = world.facts(ReachReader, ReachFacts)
    files = world.graph.modules
    for name, said in facts.items():
        source = world.sources[name]
        who = source.module or name
        imported = world.graph.find_modules_directly_imported_by(name) if name in files else set()
        for each in said.reached:
            file = _file_of(each.name, world.sources)
            if file is not None and _is_hidden(each.name, file, source):
                yield Problem(
                    source.file,
                    each.line,
                    RULE,
                    f"{who} reaches {file} through {each.imported}, a part of {_KIT} that is not for everybody; "
                    "do without what the kit does not offer.",
                )
                continue
            through = each.imported if each.imported in files else None
            if file is None or file == name or any(f"{known}.".startswith(f"{file}.") for known in imported):
                continue
            if through and (file == through or file in world.graph.find_modules_directly_imported_by(through)):
                continue
            yield Problem(
                source.file,
                each.line,
                RULE,
                f"{who} reaches {file} through {each.imported}, without importing it; write import {file}.",
            )
        for each in said.taken:
            owner = facts.get(each.imported)
            origin = owner.borrowed.get(each.name) if owner else None
            if origin is not None:
                yield Problem(
                    source.file,
                    each.line,
                    RULE,
                    f"{who} takes {each.name} from {each.imported}, which only imports it; "
                    f"write from {origin.rpartition('.')[0]} import {each.name}.",
                )


def _is_hidden(name: str, file: str, source: Source) -> bool:
    """Say whether a name lies in a file of the kit, and who names it is none of its own; `kit.contract` is offered."""
    if source.package not in BUSINESS or not file.startswith(f"{_KIT}.") or source.name.startswith(_KIT):
        return False
    return name != file or file.removeprefix(f"{_KIT}.") not in offered(_KIT)


def _file_of(name: str, sources: Mapping[str, Source]) -> str | None:
    """Return the longest beginning of a dotted name that is a file."""
    while name and name not in sources:
        name = name.rpartition(".")[0]
    return name or None
