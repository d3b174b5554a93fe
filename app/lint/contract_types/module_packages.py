"""Which third-party packages a module may import: those that its wheel would install, and that it really uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias, cast

from grimp import ImportGraph
from importlinter import fields
from importlinter.domain.imports import Module

from app.lint.contract_types.said import Found, SaidContract, is_foreign, lines_of
from app.lint.packages import (
    Declaration,
    PackagesError,
    Requirements,
    declared_in,
    import_names,
    normalised,
    read_project,
    requirement_for,
)
from app.lint.source import folders_of

Imported: TypeAlias = Mapping[str, str]
"""The top-level names that a module imports, each with the first of its files that does."""


class ModulePackagesContract(SaidContract):
    """A module imports the packages that the pyproject.toml beside its code declares, and declares no others.

    The project's own pyproject.toml, beside the modules' folder, has them all: that is what is installed here.
    """

    type_name = "module_packages"

    modules = fields.ModuleField()

    def find(self, graph: ImportGraph) -> Iterator[Found]:
        parent = cast("Module", self.modules).name
        for folder in folders_of(parent):
            try:
                installed = _installed(folder.parent / "pyproject.toml")
            except PackagesError as error:
                yield Found("pyproject.toml", error.line, str(error))
                continue
            for module in sorted(graph.find_children(parent)):
                own = folder / module.rpartition(".")[2]
                if own.is_dir():
                    imported = _imported(module, graph, self.session_options)
                    yield from _judge(own, imported, graph, installed)


def _installed(project: Path) -> Requirements | None:
    return read_project(project).requirements if project.is_file() else None


def _imported(module: str, graph: ImportGraph, session: Mapping[str, Any]) -> Imported:
    found: dict[str, str] = {}
    for importer in sorted({module, *graph.find_descendants(module)}):
        for imported in graph.find_modules_directly_imported_by(importer):
            if is_foreign(imported, session["root_packages"]):
                found.setdefault(imported, importer)
    return found


def _judge(folder: Path, imported: Imported, graph: ImportGraph, installed: Requirements | None) -> Iterator[Found]:
    module, file = folder.name, f"{folder.parent.name}/{folder.name}/pyproject.toml"
    try:
        declared = declared_in(folder)
    except PackagesError as error:
        yield Found(file, error.line, str(error))
        return
    if declared is None:
        needed = ", ".join(sorted(f'"{requirement_for(name, installed or {})}"' for name in imported))
        text = f"{module} declares no packages; write this file as in docs/guides/module.md, dependencies = [{needed}]."
        yield Found(file, 0, text)
        return
    if declared.file is not None:
        yield from _judge_project(file, module, declared, imported, installed)
    for name, importer in sorted(imported.items()):
        if _brought_by(name, declared) is None:
            needed = requirement_for(name, installed or {})
            text = f'{module} imports {name} and does not declare it; add "{needed}" to the dependencies in {file}.'
            yield from (Found(importer, line, text) for line in lines_of(graph, importer, name))


def _judge_project(
    file: str, module: str, declared: Declaration, imported: Imported, installed: Requirements | None
) -> Iterator[Found]:
    if declared.wheel_folder not in {None, f"modules/{module}"}:
        text = f'its wheel would not bring modules/{module}; write sources = {{ "" = "modules/{module}" }} for it.'
        yield Found(file, 0, text)
    used = {_brought_by(name, declared) for name in imported}
    for name, (_, line) in declared.requirements.items():
        if name not in used:
            yield Found(file, line, f"{module} declares {name} and imports it nowhere; remove it.")
        if installed is not None and name not in installed:
            text = f"{module} declares {name}, which the project's own pyproject.toml does not; add it there too."
            yield Found(file, line, text)


def _brought_by(name: str, declared: Declaration) -> str | None:
    """Return the declared package that brings a name; only where no name is the same do the installed files tell."""
    if normalised(name) in declared.requirements:
        return normalised(name)
    return next((each for each in declared.requirements if name in (import_names(each) or ())), None)
