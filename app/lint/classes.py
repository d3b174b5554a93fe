"""The classes of the house, as far as their text tells: whether their objects can change."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

import msgspec

from app.lint.forbidden.forbidden import BUSINESS
from app.lint.names import Names, names_of
from app.lint.reader import Reader, Scopes
from app.lint.source import Source

_DATACLASSES = frozenset({"dataclasses.dataclass", "attrs.define", "attr.s", "attrs.mutable"})
_FROZEN_DATACLASSES = frozenset({"attrs.frozen"})
_VALUES = frozenset({
    "builtins.tuple", "builtins.str", "builtins.int", "builtins.frozenset", "builtins.bytes", "enum.Enum",
    "enum.Flag", "enum.IntEnum", "enum.IntFlag", "enum.StrEnum", "typing.NamedTuple",
})  # fmt: skip
_CONTAINERS = frozenset({
    "builtins.bytearray", "builtins.dict", "builtins.list", "builtins.set", "collections.ChainMap",
    "collections.Counter", "collections.OrderedDict", "collections.UserDict", "collections.UserList",
    "collections.defaultdict", "collections.deque", "typing.TypedDict", "typing_extensions.TypedDict",
})  # fmt: skip
_STRUCT = "msgspec.Struct"
_DEEP = 30  # so that a class that is said to inherit from itself ends


class Class(msgspec.Struct, frozen=True):
    """What a class says of itself; ``bases`` by their qualified names."""

    bases: list[str]
    frozen: bool
    is_data: bool
    sets: bool
    """Whether a method of it sets an attribute of `self`."""


class ClassFacts(msgspec.Struct, frozen=True):
    """The classes at the top of a file by their names, and what a package brings in from its files."""

    classes: dict[str, Class]
    brought: dict[str, str]


class ClassReader(Reader):
    """Reads the classes at the top of a file."""

    nodes = (ast.Module, ast.ClassDef, ast.Attribute)
    Facts = ClassFacts

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._names: Names
        self._classes: dict[str, Class] = {}
        self._setting: set[str] = set()

    @classmethod
    def reads(cls, source: Source) -> bool:
        return source.package in BUSINESS

    def see(self, node: Any, scopes: Scopes) -> None:
        if type(node) is ast.Attribute:
            sets = type(node.ctx) is ast.Store and type(node.value) is ast.Name and node.value.id == "self"
            if sets and scopes and type(scopes[0]) is ast.ClassDef:
                self._setting.add(scopes[0].name)
        elif type(node) is ast.Module:
            self._names = names_of(node, self.source)
        elif not scopes:
            self._classes[node.name] = self._class(node)

    def _class(self, node: ast.ClassDef) -> Class:
        bases = [base.value if isinstance(base, ast.Subscript) else base for base in node.bases]
        decorators = [
            (each.func, each.keywords) if isinstance(each, ast.Call) else (each, []) for each in node.decorator_list
        ]
        kinds = {self._names.qualified(each) for each, _ in decorators}
        keywords = [*node.keywords, *(keyword for _, keywords in decorators for keyword in keywords)]
        return Class(
            [self._names.qualified(base) or "" for base in bases],
            not kinds.isdisjoint(_FROZEN_DATACLASSES)
            or any(
                each.arg == "frozen" and isinstance(each.value, ast.Constant) and each.value.value is True
                for each in keywords
            ),
            not kinds.isdisjoint(_DATACLASSES),
            False,
        )

    def facts(self) -> ClassFacts | None:
        brought = (
            {name: bound for name, bound in self._names.top.items() if isinstance(bound, str)}
            if self.source.is_package
            else {}
        )
        classes = {
            name: msgspec.structs.replace(each, sets=True) if name in self._setting else each
            for name, each in self._classes.items()
        }
        return ClassFacts(classes, brought) if classes or brought else None


class Classes:
    """All classes of the house; of any other, nothing is known, and nothing said."""

    def __init__(self, facts: Mapping[str, ClassFacts]) -> None:
        self._facts = facts

    def can_change(self, name: str, deep: int = _DEEP) -> bool:
        """Say whether objects of a class can change."""
        found = self._find(name)
        if found is None or not deep or self._is_frozen(name):
            return False
        if found.is_data or found.sets or _STRUCT in found.bases or not _CONTAINERS.isdisjoint(found.bases):
            return True
        return any(self.can_change(base, deep - 1) for base in found.bases)

    def copies_defaults(self, name: str, deep: int = _DEEP) -> bool:
        """Say whether each object gets a copy of a field's default, as msgspec makes it of an empty list."""
        if name == _STRUCT:
            return True
        found = self._find(name)
        return found is not None and deep > 0 and any(self.copies_defaults(base, deep - 1) for base in found.bases)

    def _is_frozen(self, name: str, deep: int = _DEEP) -> bool:
        if name in _VALUES:
            return True
        found = self._find(name)
        return (
            found is not None
            and deep > 0
            and (found.frozen or any(self._is_frozen(base, deep - 1) for base in found.bases))
        )

    def _find(self, name: str) -> Class | None:
        for _ in range(_DEEP):
            home, _, last = name.rpartition(".")
            facts = self._facts.get(home)
            if facts is None:
                return None
            if last in facts.classes:
                return facts.classes[last]
            if facts.brought.get(last, name) == name:
                return None
            name = facts.brought[last]
        return None
