"""Which contracts a module may know: what it declares as a need, provides or listens to, and nothing else."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, cast

from grimp import ImportGraph
from importlinter import fields
from importlinter.domain.imports import Module

from app.lint.contract_types.said import Found, SaidContract, lines_of
from app.lint.declared import containers_in, imports_in, is_contract, manifest_in, origin
from app.lint.names import Names
from app.lint.source import Source, folders_of

_INJECTOR = "dependency_injector"


class DeclaredNeedsContract(SaidContract):
    """A module imports the files of the contracts that it declares, and those that hold no contract.

    It declares a contract by a `Dependency` in its container, by ``provides`` in its manifest, or by listening to an
    event from the same file. A file without a contract is shared by all, unless it hands on what it imports from
    files with one: then it stands for them. The kit is for everybody.
    """

    type_name = "declared_needs"

    modules = fields.ModuleField()
    contracts = fields.ModuleField()
    kit = fields.ModuleField()

    def find(self, graph: ImportGraph) -> Iterator[Found]:
        modules, contracts, kit = (cast("Module", each).name for each in (self.modules, self.contracts, self.kit))
        files = {each for each in graph.find_descendants(contracts) if each != kit and not each.startswith(f"{kit}.")}
        texts = _Texts()
        held = {file: texts[file].contracts for file in files}
        standing = {file: _behind(file, held, graph) for file in files}
        declared = {module: _declared(module, graph, texts) for module in sorted(graph.find_children(modules))}
        for file in sorted(files):
            for importer in sorted(graph.find_modules_that_directly_import(file)):
                module = ".".join(importer.split(".")[:2])
                for contract in sorted(standing[file] - declared[module] if module in declared else ()):
                    text = _text(module, file, contract, held[contract])
                    yield from (Found(importer, line, text) for line in lines_of(graph, importer, file))


class _Text(NamedTuple):
    tree: ast.Module
    names: Names
    imports: Mapping[str, str]
    contracts: tuple[str, ...]


class _Texts(dict[str, _Text]):
    """The files by their dotted names, read when they are asked for; one that cannot be read says nothing."""

    def __missing__(self, name: str) -> _Text:
        path = _path(name)
        with warnings.catch_warnings(action="ignore"):  # what Python finds odd in a file is ruff's to say
            try:
                tree = ast.parse("" if path is None else path.read_bytes())
            except (OSError, SyntaxError, ValueError):
                tree = ast.Module([], [])
        names = Names(tree, Source(path or Path(name), name, name))
        found = (node.name for node in tree.body if isinstance(node, ast.ClassDef) and is_contract(node, names))
        text = self[name] = _Text(tree, names, imports_in(names), tuple(found))
        return text


def _path(name: str) -> Path | None:
    root, *parts = name.split(".")
    bases = [folder.joinpath(*parts) for folder in folders_of(root)]
    candidates = [path for base in bases for path in (base / "__init__.py", base.with_name(f"{base.name}.py"))]
    return next((path for path in candidates if path.is_file()), None)


def _behind(file: str, held: Mapping[str, tuple[str, ...]], graph: ImportGraph) -> set[str]:
    """Return the files with contracts that one imports with a file: itself, or those that it may hand on."""
    seen, waiting, found = {file}, [file], set()
    while waiting:
        each = waiting.pop()
        if held[each]:
            found.add(each)
            continue
        further = (graph.find_modules_directly_imported_by(each) & held.keys()) - seen
        seen |= further
        waiting.extend(further)
    return found


def _declared(module: str, graph: ImportGraph, texts: _Texts) -> set[str]:
    """Return the files of the contracts that a module declares."""
    inject = graph.find_modules_that_directly_import(_INJECTOR) if _INJECTOR in graph.modules else set()
    wanted = []
    for file in sorted({module, *graph.find_descendants(module)} & inject):
        for container in containers_in(texts[file].tree, texts[file].names, file):
            wanted += [each.wants for each in container.dependencies]
    manifest = manifest_in(texts[f"{module}.module"].tree, texts[f"{module}.module"].names)
    if manifest is not None:
        wanted += [each.name for each in (*manifest.provides, *manifest.listens)]
    return {origin(each, lambda file: texts[file].imports).rpartition(".")[0] for each in wanted}


def _text(module: str, file: str, contract: str, held: tuple[str, ...]) -> str:
    name, what = module.rpartition(".")[2], contract.rpartition(".")[2]
    brought = file if file == contract else f"{file}, which brings {contract},"
    return (
        f"{name} imports {brought} and declares no need of it; "
        f"add `{what} = providers.Dependency(instance_of={held[0]})` to its container, or do without."
    )
