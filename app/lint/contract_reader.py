"""The contracts of a file and their operations."""

from __future__ import annotations

import ast
from typing import Any

import msgspec

from app.lint.names import Names, names_of
from app.lint.reader import Reader, Scopes
from app.lint.source import Source

_DECORATOR = frozenset({"contracts.kit.contract", "contracts.kit.contract.contract"})


class ContractFacts(msgspec.Struct, frozen=True):
    """The operations of each contract, by the contract's name."""

    contracts: dict[str, tuple[str, ...]]


class ContractReader(Reader):
    """Reads the classes that are decorated with `contract`."""

    nodes = (ast.Module, ast.ClassDef)
    Facts = ContractFacts

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._names: Names
        self._found: dict[str, tuple[str, ...]] = {}

    @classmethod
    def reads(cls, source: Source) -> bool:
        return source.package == "contracts"

    def facts(self) -> ContractFacts | None:
        return ContractFacts(self._found) if self._found else None

    def see(self, node: Any, scopes: Scopes) -> None:
        match node:
            case ast.Module():
                self._names = names_of(node, self.source)
            case ast.ClassDef() if any(self._is_contract(each, scopes) for each in node.decorator_list):
                self._found[node.name] = tuple(
                    each.name
                    for each in node.body
                    if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and not each.name.startswith("_")
                )
            case _:
                pass

    def _is_contract(self, decorator: ast.expr, scopes: Scopes) -> bool:
        return isinstance(decorator, ast.Call) and self._names.qualified(decorator.func, scopes) in _DECORATOR
