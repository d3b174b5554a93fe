"""What computes and nothing else: it imports the part of the standard library that touches no outside world."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import cast

from grimp import ImportGraph
from importlinter import fields

from app.lint.contract_types.said import Found, SaidContract, lines_of, packages

COMPUTES = frozenset(
    {
        "__future__", "abc", "base64", "binascii", "bisect", "calendar", "cmath", "collections", "colorsys", "copy",
        "dataclasses", "datetime", "decimal", "difflib", "enum", "fractions", "functools", "graphlib", "hashlib",
        "heapq", "hmac", "html", "ipaddress", "itertools", "json", "keyword", "math", "numbers", "operator", "re",
        "reprlib", "statistics", "string", "struct", "textwrap", "types", "typing", "unicodedata", "uuid", "zlib",
    }
)  # fmt: skip
"""What is left when files, sockets, processes, threads, clocks that wait, the interpreter and its import system go.

A list of what is allowed: whatever Python adds to its library has to be thought about first.
"""


class PureContract(SaidContract):
    """The importers use `COMPUTES`, what `allowed_packages` adds, and what is just as pure.

    Whatever they import of their own package (a domain: of its module) is judged with them, at any remove, except for
    what lies in `judged_elsewhere`, which has a rule of its own. Other packages are the business of the layers.
    """

    type_name = "pure"

    importers = fields.SetField(subfield=fields.ModuleExpressionField())
    allowed_packages = fields.SetField(subfield=fields.ModuleExpressionField())
    judged_elsewhere = fields.SetField(subfield=fields.ModuleExpressionField(), required=False)

    def find(self, graph: ImportGraph) -> Iterator[Found]:
        elsewhere = packages(graph, self.judged_elsewhere)
        allowed = COMPUTES | set(map(str, cast("set[object]", self.allowed_packages)))
        roots = cast("list[str]", self.session_options["root_packages"])
        for top in sorted(packages(graph, self.importers, as_packages=False)):
            for importer, origin in _own(top, graph, elsewhere).items():
                for imported in sorted(graph.find_modules_directly_imported_by(importer) - allowed):
                    if imported.partition(".")[0] not in roots:
                        text = _text(importer, imported, origin)
                        yield from (Found(importer, line, text) for line in lines_of(graph, importer, imported))


def _own(top: str, graph: ImportGraph, elsewhere: set[str]) -> dict[str, str]:
    """Return a package's modules and what they import of their own, each with the module that led there."""
    own = top.rpartition(".")[0] or top
    origin = {name: name for name in {top, *graph.find_descendants(top)} - elsewhere}
    waiting = deque(sorted(origin))
    while waiting:
        importer = waiting.popleft()
        for imported in sorted(graph.find_modules_directly_imported_by(importer) - origin.keys() - elsewhere):
            if imported.startswith(f"{own}."):
                origin[imported] = origin[importer]
                waiting.append(imported)
    return origin


def _text(importer: str, imported: str, origin: str) -> str:
    who = importer if importer == origin else f"{importer}, which {origin} imports,"
    return (
        f"{who} imports {imported}; contracts and domains compute and touch nothing outside: "
        "let the service do it, and hand in the result."
    )
