"""What is known of a package from outside: what it lists in `__all__`, and none of its files."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import cast

from grimp import ImportGraph
from importlinter import fields
from importlinter.domain.imports import Module

from app.lint.contract_types.said import Found, SaidContract, packages
from app.lint.names import Names
from app.lint.source import Source, folders_of


class FaceContract(SaidContract):
    """Nobody but `allowed_importers` imports the files of `package`.

    A name that the package offers may be that of a file as well: `from contracts.kit import contract` is lawful.
    """

    type_name = "face"

    package = fields.ModuleField()
    allowed_importers = fields.SetField(subfield=fields.ModuleExpressionField())

    def find(self, graph: ImportGraph) -> Iterator[Found]:
        package = cast("Module", self.package).name
        lawful = {package, *packages(graph, self.allowed_importers)}
        offers = offered(package)
        taken = re.compile(rf"from\s+\S*{re.escape(package.rpartition('.')[2])}\s+import\b")
        for file in sorted(graph.find_descendants(package)):
            is_offered = file.removeprefix(f"{package}.") in offers
            for importer in sorted(graph.find_modules_that_directly_import(file) - lawful):
                for detail in graph.get_import_details(importer=importer, imported=file):
                    if not (is_offered and taken.match(detail["line_contents"].strip())):
                        yield Found(importer, detail["line_number"], _text(importer, file, package))


def offered(package: str) -> frozenset[str]:
    """Return what a package lists in `__all__`."""
    top, *inner = package.split(".")
    for folder in folders_of(top):
        path = folder.joinpath(*inner, "__init__.py")
        if path.is_file():
            return Names(ast.parse(path.read_bytes()), Source(path, package, package)).exported
    return frozenset()


def _text(importer: str, file: str, package: str) -> str:
    return (
        f"{importer} imports {file}, a part of {package} that is not for everybody; write from {package} import …, "
        "and do without what it does not offer."
    )
