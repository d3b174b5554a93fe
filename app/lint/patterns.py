"""Import-linter is silent over a pattern that matches nothing, and over a rule without patterns; this is not.

A misspelt `modules.*.stroe` would switch its rule off without a word.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from itertools import product

from grimp import ImportGraph
from importlinter import Contract, fields
from importlinter.contracts.layers import LayerField

from app.lint.config import Configuration, Options
from app.lint.import_contracts import lines_of

_NAME_MODULES = (fields.ModuleField, fields.ModuleExpressionField, fields.ImportExpressionField, LayerField)


def check_patterns(configuration: Configuration, graph: ImportGraph) -> None:
    """Report every pattern that matches no module, every empty list, and every import that is let through.

    A package that is not judged itself matches if it is installed.
    """
    roots = set(configuration.roots)
    for contract, options in configuration.contracts:
        for option in _lists(contract):
            if option in options and not lines_of(options[option]):
                configuration.note_in(
                    options["id"], option, "it is empty, so the rule judges nothing; fill or remove it."
                )
        if options.get("ignore_imports"):
            text = "no import is let through here; write an exception into architecture.toml."
            configuration.note_in(options["id"], "ignore_imports", text)
        for option, pattern, candidates in _patterns(contract, options):
            if not any(_matches(candidate, roots, graph) for candidate in candidates):
                text = f"{pattern} matches nothing, so this part of the rule judges nothing; correct it or remove it."
                configuration.note_in(options["id"], option, text, pattern)


def _lists(contract: Contract) -> Iterator[str]:
    for option in type(contract)._get_field_names():
        if isinstance(type(contract)._get_field(option), fields.BaseMultipleValueField):
            yield option


def _patterns(contract: Contract, options: Options) -> Iterator[tuple[str, str, list[str]]]:
    """Yield option, pattern as written, and the expressions of which one at least must match."""
    containers = lines_of(options.get("containers", []))
    for option in type(contract)._get_field_names():
        field = type(contract)._get_field(option)
        kind = getattr(field, "subfield", field)
        if not isinstance(kind, _NAME_MODULES) or option == "ignore_imports":
            continue
        for item in lines_of(options.get(option, [])):
            if isinstance(kind, LayerField):
                for layer in item.replace("|", ":").split(":"):
                    tail = layer.strip().strip("()")
                    yield option, tail, [".".join(pair) for pair in product(containers, [tail])] or [tail]
            else:
                for side in item.split("->"):
                    yield option, side.strip(), [side.strip()]


def _matches(expression: str, roots: set[str], graph: ImportGraph) -> bool:
    if "*" in expression:
        return bool(graph.find_matching_modules(expression))
    package = expression.partition(".")[0]
    return expression in graph.modules if package in roots else importlib.util.find_spec(package) is not None
