"""Contract types that .importlinter adds to those of import-linter."""

from __future__ import annotations

import sys
from typing import cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from importlinter.contracts.protected import ProtectedContract
from importlinter.domain.helpers import module_expressions_to_modules
from importlinter.domain.imports import ModuleExpression


class ThirdPartyContract(Contract):
    """The importers, as packages, use no installed package but those allowed.

    Direct imports only. The standard library and the packages that are linted are not judged here.
    """

    importers = fields.SetField(subfield=fields.ModuleExpressionField())
    allowed_packages = fields.SetField(subfield=fields.ModuleExpressionField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002 - the base class says so
        known = {
            *sys.stdlib_module_names,
            *self.session_options["root_packages"],
            *map(str, cast("set[ModuleExpression]", self.allowed_packages)),
        }
        importers = module_expressions_to_modules(
            graph, cast("set[ModuleExpression]", self.importers), as_packages=True
        )
        links = [
            (importer, imported)
            for importer in sorted(module.name for module in importers)
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if imported.partition(".")[0] not in known
        ]
        return ContractCheck(
            kept=not links,
            metadata={
                "lines": [
                    f"{importer} -> {imported} (l.{detail['line_number']})"
                    for importer, imported in links
                    for detail in graph.get_import_details(importer=importer, imported=imported)
                ]
            },
        )

    def render_broken_contract(self, check: ContractCheck) -> None:
        allowed = ", ".join(sorted(map(str, cast("set[ModuleExpression]", self.allowed_packages))))
        output.print_error(f"Of installed packages, only {allowed} may be imported:", bold=False)
        for line in check.metadata["lines"]:
            output.print_error(f"- {line}", bold=False)
        output.new_line()


class ProtectedExceptLinesContract(ProtectedContract):
    """A protected contract that overlooks imports written exactly as one of `harmless_lines`.

    For external packages, of which the graph knows the top-level name alone: a line can still allow one
    type of a subpackage. A package that nobody imports is kept.
    """

    harmless_lines = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        harmless = cast("set[str]", self.harmless_lines)
        for package in map(str, cast("list[ModuleExpression]", self.protected_modules)):
            if package not in graph.modules:
                graph.add_module(package, is_squashed=True)
            for importer in graph.find_modules_that_directly_import(package):
                details = graph.get_import_details(importer=importer, imported=package)
                if all(detail["line_contents"].strip() in harmless for detail in details):
                    graph.remove_import(importer=importer, imported=package)
        return super().check(graph, verbose)
