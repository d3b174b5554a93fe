"""Small projects: files by their dotted names, the graph of their imports, and what a contract says of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from grimp import ImportGraph

from app.lint.contract_types.said import SaidContract

ROOTS = ("app", "bench", "contracts", "modules", "tests")


def graph_of(files: Mapping[str, str]) -> ImportGraph:
    """Return the graph that grimp would build: packages that are not among the roots are single nodes."""
    graph = ImportGraph()
    for name in files:
        parts = name.split(".")
        for length in range(1, len(parts) + 1):
            graph.add_module(".".join(parts[:length]))
    for name, text in files.items():
        for node in ast.walk(ast.parse(text)):
            for imported in _imported(node, files):
                if imported.partition(".")[0] not in ROOTS:
                    imported = imported.partition(".")[0]
                    graph.add_module(imported, is_squashed=True)
                line, said = getattr(node, "lineno", 0), ast.unparse(node)
                graph.add_import(importer=name, imported=imported, line_number=line, line_contents=said)
    return graph


def found(kind: type[SaidContract], files: Mapping[str, str], **options: Any) -> list[tuple[str, int, str]]:
    """Return what a contract says of the files."""
    contract = kind("name", {"root_packages": list(ROOTS)}, {"name": "name", "type": "type", "id": "id", **options})
    return [tuple(each) for each in contract.check(graph_of(files), verbose=False).metadata["problems"]]


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write files as the packages that their names say."""
    for name, text in files.items():
        path = folder.joinpath(*name.split(".")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def _imported(node: ast.AST, files: Mapping[str, str]) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (each.name for each in names)
        case ast.ImportFrom(module=str(module), names=names):
            whole = {f"{module}.{each.name}" for each in names}
            yield from (whole & files.keys()) or {module}
        case _:
            pass
