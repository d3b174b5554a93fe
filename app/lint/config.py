"""Import-linter is silent over a pattern that matches nothing; this is not.

A misspelt `modules.*.stroe` would switch its rule off without a word.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from grimp import ImportGraph

# Whatever a contract says beside these names modules, so that an option unknown here is checked, not skipped.
_NOT_MODULES = {
    "allow_indirect_imports",
    "as_packages",
    "broken_contract_guidance",
    "depth",
    "exhaustive",
    "exhaustive_ignores",
    "harmless_lines",
    "id",
    "name",
    "type",
    "unmatched_ignore_imports_alerting",
}


def unmatched(configuration: Mapping[str, Any], graph: ImportGraph) -> Iterator[str]:
    """Yield a sentence for every pattern that matches no module.

    `configuration` is what `importlinter.api.read_configuration` returns, `graph` the graph of its root
    packages. A package that is not linted matches if it is installed.
    """
    roots = set(configuration["session_options"]["root_packages"])
    for contract in configuration["contracts_options"]:
        for option, pattern, candidates in _patterns(contract):
            if not any(_matches(candidate, roots, graph) for candidate in candidates):
                yield (
                    f".importlinter, contract {contract['id']}, {option}: {pattern} matches nothing, "
                    "so this part of the rule judges nothing; correct it or remove it."
                )


def _patterns(contract: Mapping[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    """Yield option, pattern as written, and the expressions of which one at least must match."""
    containers = _items(contract.get("containers", []))
    for option in contract.keys() - _NOT_MODULES:
        for item in _items(contract[option]):
            if option == "layers":
                for layer in item.replace("|", ":").split(":"):
                    tail = layer.strip().strip("()")
                    yield option, tail, [".".join(pair) for pair in product(containers, [tail])] or [tail]
            else:
                for side in item.split("->"):
                    yield option, side.strip(), [side.strip()]


def _items(value: str | list[str]) -> list[str]:
    return [item.strip() for item in ([value] if isinstance(value, str) else value) if item.strip()]


def _matches(expression: str, roots: set[str], graph: ImportGraph) -> bool:
    if "*" in expression:
        return bool(graph.find_matching_modules(expression))
    package = expression.partition(".")[0]
    return expression in graph.modules if package in roots else importlib.util.find_spec(package) is not None
