"""Who may know tables: import-linter's own protected contract, with an eye for single lines."""

from __future__ import annotations

from typing import cast

from grimp import ImportGraph
from importlinter import ContractCheck, fields
from importlinter.contracts.protected import ProtectedContract
from importlinter.domain.imports import ModuleExpression


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
                graph.remove_import(importer=importer, imported=package)
                for detail in details:
                    if detail["line_contents"].strip() not in harmless:
                        graph.add_import(**detail)
        return super().check(graph, verbose)
