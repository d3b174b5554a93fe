"""What the house's contract types have in common: each break is a place and one sentence with its mend."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import NamedTuple, cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, output
from importlinter.domain.contract import InvalidContractOptions
from importlinter.domain.helpers import module_expressions_to_modules
from importlinter.domain.imports import Module, ModuleExpression
from rich.markup import escape


class Found(NamedTuple):
    """One break: the importing module by its dotted name, or a file by its path; the line, 0 for none; the sentence."""

    importer: str
    line: int
    text: str


class SaidContract(Contract):
    """A contract that says what it found as ``metadata["problems"]``.

    An option that is there and empty would judge nothing, so that it is refused.
    """

    def validate(self) -> None:
        empty = [name for name in self._get_field_names() if getattr(self, name) in ([], set(), Module(""))]
        if empty:
            raise InvalidContractOptions(dict.fromkeys(empty, "It is empty, so this part of the rule judges nothing."))

    def find(self, graph: ImportGraph) -> Iterator[Found]:
        """Yield every break."""
        raise NotImplementedError

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002 - the base class says so
        problems = sorted(set(self.find(graph)))
        return ContractCheck(kept=not problems, metadata={"problems": problems})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, line, text in check.metadata["problems"]:
            output.print_error(escape(f"- {importer}:{line}: {text}" if line else f"- {importer}: {text}"), bold=False)
        output.new_line()


def packages(graph: ImportGraph, expressions: object, as_packages: bool = True) -> set[str]:
    """Return the modules that a list of expressions names, with all that lies in them."""
    given = cast("set[ModuleExpression] | None", expressions) or ()
    found = module_expressions_to_modules(graph, given, as_packages=as_packages)
    return {module.name for module in found}


def lines_of(graph: ImportGraph, importer: str, imported: str) -> Iterator[int]:
    """Yield the lines of the statements by which one module imports another."""
    lines = {detail["line_number"] for detail in graph.get_import_details(importer=importer, imported=imported)}
    yield from sorted(lines) or [0]


def is_foreign(name: str, roots: object) -> bool:
    """Say whether a module belongs neither to the standard library nor to the packages that are linted."""
    package = name.partition(".")[0]
    return package not in sys.stdlib_module_names and package not in cast("list[str]", roots)
