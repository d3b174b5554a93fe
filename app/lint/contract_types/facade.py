"""What is seen of a module from outside: its manifest, and only by who puts modules together or tests them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from grimp import ImportGraph
from importlinter import fields
from importlinter.domain.imports import Module

from app.lint.contract_types.said import Found, SaidContract, lines_of, packages


class FacadeContract(SaidContract):
    """Only `callers` import modules, and of each module only its manifest, `<module>.module`.

    The tests of a module lie under its name in `own_tests`: they reach into it, into no other, and not into the tests
    of another. Modules among themselves are the business of an `independence` contract.
    """

    type_name = "facade"

    modules = fields.ModuleField()
    callers = fields.SetField(subfield=fields.ModuleExpressionField())
    own_tests = fields.ModuleField()

    def find(self, graph: ImportGraph) -> Iterator[Found]:
        modules = cast("Module", self.modules).name
        self._names = {each.rpartition(".")[2] for each in graph.find_children(modules)}
        self._callers = packages(graph, self.callers)
        for imported in sorted({modules, *graph.find_descendants(modules)}):
            for importer in sorted(graph.find_modules_that_directly_import(imported)):
                text = None if _within(importer, modules) else self._wrong_with(importer, imported)
                if text is not None:
                    yield from (Found(importer, line, text) for line in lines_of(graph, importer, imported))
        yield from self._between_tests(graph)

    def _wrong_with(self, importer: str, imported: str) -> str | None:
        own = self._tested_by(importer)
        module, _, inner = imported.removeprefix(f"{cast('Module', self.modules).name}.").partition(".")
        if own is not None and own == module:
            return None
        said = f"{importer} imports {imported};"
        if own is not None:
            return f"{said} the tests of {own} know no other module: hand in a double of its contract."
        if importer not in self._callers:
            callers = sorted(map(str, cast("set[object]", self.callers)))
            return f"{said} only {', '.join(callers)} may know modules: ask for a contract."
        if inner in {"", "module"}:
            return None
        return f"{said} from outside, a module is its manifest: import {imported.removesuffix(inner)}module."

    def _between_tests(self, graph: ImportGraph) -> Iterator[Found]:
        tests = cast("Module", self.own_tests).name
        for importer in sorted(graph.find_descendants(tests)):
            own = self._tested_by(importer)
            for imported in sorted(graph.find_modules_directly_imported_by(importer) if own else ()):
                other = self._tested_by(imported)
                if other not in {own, None}:
                    text = f"{importer} imports {imported}; move what the tests of both modules need up into {tests}."
                    yield from (Found(importer, line, text) for line in lines_of(graph, importer, imported))

    def _tested_by(self, name: str) -> str | None:
        """Return the module whose own tests a name belongs to."""
        tests = cast("Module", self.own_tests).name
        first = name.removeprefix(f"{tests}.").partition(".")[0]
        return first if _within(name, tests) and first in self._names else None


def _within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")
