"""Import-linter's contracts, checked in this process: each import that breaks one is a problem with its line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from importlinter import Contract, ContractCheck

from app.lint.problem import Problem
from app.lint.source import said
from app.lint.world import World

Options: TypeAlias = Mapping[str, Any]
Chain: TypeAlias = Sequence[Mapping[str, Any]]

_MEND = "import what this rule allows, or move the code to where it belongs."


def broken(contract: Contract, options: Options, world: World) -> Iterator[Problem]:
    """Yield a problem for every import that breaks the contract.

    A contract type of the house's own puts what it found into its check's metadata as ``problems``, each the importer,
    the line and the sentence; of the types that import-linter brings, the chains of imports are made into sentences.
    """
    check = contract.check(deepcopy(world.graph), verbose=False)  # a contract may change the graph that it is given
    place = partial(_place, world)
    rule = options["id"]
    against = f"against “{contract.name}”"
    mend = " ".join(lines_of(options.get("broken_contract_guidance", ""))) or _MEND
    found = [
        *_own(check, rule, place),
        *_imports(check, rule, f"{against}; {mend}", place),
        *(
            Problem(place(name), 0, rule, f"{name} has no place in the layers, {against}; {mend}")
            for name in check.metadata.get("undeclared_modules", ())
        ),
    ]
    if not check.kept and not found:
        found.append(Problem(".importlinter", 0, rule, f"“{contract.name}” is broken; `lint-imports` shows where."))
    yield from found


def lines_of(value: str | list[str]) -> list[str]:
    """Return the lines of an option, which import-linter gives as one text where there is one line."""
    return [item.strip() for item in ([value] if isinstance(value, str) else value) if item.strip()]


def _place(world: World, name: str) -> str:
    """Return the file of a dotted name, or of a path."""
    if name in world.sources:
        return world.sources[name].file
    return said(Path(name), world.root)


def _own(check: ContractCheck, rule: str, place: Callable[[str], str]) -> Iterator[Problem]:
    for importer, line, text in check.metadata.get("problems", ()):
        yield Problem(place(importer), line or 0, rule, text)


def _imports(check: ContractCheck, rule: str, why: str, place: Callable[[str], str]) -> Iterator[Problem]:
    if "problems" in check.metadata:
        return
    for first, *rest in _chains(check):
        way = f"{first['importer']} imports {first['imported']}"
        way += "".join(f", which imports {link['imported']}" for link in rest)
        for line in first["line_numbers"] or (None,):
            yield Problem(place(first["importer"]), line or 0, rule, f"{way}, {why}")


def _chains(check: ContractCheck) -> Iterator[Chain]:
    """Yield each way of imports that is forbidden; what several files begin in the same way is a way each."""
    for illegal in check.metadata.get("illegal_imports", ()):  # protected
        yield from ([link] for link in illegal.illegal_links)
    for dependency in check.metadata.get("invalid_dependencies", ()):  # layers
        yield from _routes(dependency["routes"])
    for dependency in check.metadata.get("invalid_chains", ()):
        chains = dependency["chains"]
        yield from _routes(chains) if chains and isinstance(chains[0], dict) else chains  # independence, forbidden


def _routes(routes: Iterable[Mapping[str, Any]]) -> Iterator[Chain]:
    for route in routes:
        first, *rest = route["chain"]
        for head in (first, *route["extra_firsts"]):
            yield [head, *rest]
