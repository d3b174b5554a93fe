"""Each import that breaks a contract of import-linter's is a problem, with its line and the mend."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from grimp import ImportGraph
from importlinter.application import use_cases
from importlinter.application.user_options import UserOptions
from importlinter.domain.contract import registry

from app.lint.config import Options, read_configuration
from app.lint.graph import build_graph
from app.lint.import_contracts import broken
from app.lint.patterns import check_patterns
from app.lint.source import Source
from app.lint.world import World

ROOT = Path(__file__).parents[3]
FILES = ("inn", "inn.bar", "inn.bar.beer", "inn.bar.wine", "inn.door", "inn.room", "inn.room.bed")


@pytest.fixture
def graph() -> ImportGraph:
    """The door leads to the bar by two lines; beer and wine lead to the bed, and this to sockets."""
    graph = ImportGraph()
    for name in FILES:
        graph.add_module(name)
    graph.add_module("socket", is_squashed=True)
    for importer, imported, line in (
        ("inn.door", "inn.bar.beer", 3),
        ("inn.door", "inn.bar.beer", 9),
        ("inn.bar.beer", "inn.room.bed", 1),
        ("inn.bar.wine", "inn.room.bed", 2),
        ("inn.room.bed", "socket", 7),
    ):
        graph.add_import(importer=importer, imported=imported, line_number=line, line_contents="import it")
    return graph


def said(graph: ImportGraph, options: Options) -> list[str]:
    use_cases._register_contract_types(UserOptions({}, []))
    session = {"root_packages": ["inn"], "include_external_packages": "True"}
    told = {"id": "planted", "name": "Quiet", **options}
    contract = registry.get_contract_class(told["type"])("Quiet", session, told)
    sources = {name: Source(Path(f"{name}.py"), f"{name.replace('.', '/')}.py", name) for name in FILES}
    return sorted(map(str, broken(contract, told, World(Path(), sources, graph, {}))))


MEND = "against “Quiet”; import what this rule allows, or move the code to where it belongs."


def test_layers(graph: ImportGraph) -> None:
    assert said(graph, {"type": "layers", "layers": ["inn.room", "inn.bar"]}) == [
        f"inn/bar/beer.py:1: planted: inn.bar.beer imports inn.room.bed, {MEND}",
        f"inn/bar/wine.py:2: planted: inn.bar.wine imports inn.room.bed, {MEND}",
    ]


def test_layers_that_some_have_no_place_in(graph: ImportGraph) -> None:
    options = {"type": "layers", "containers": ["inn"], "layers": ["door", "bar"], "exhaustive": "True"}
    assert said(graph, options) == [f"inn/room.py: planted: inn.room has no place in the layers, {MEND}"]


def test_independence(graph: ImportGraph) -> None:
    options = {
        "type": "independence",
        "modules": ["inn.door", "inn.room"],
        "broken_contract_guidance": ["Knock", "first."],
    }
    assert said(graph, options) == [
        f"inn/door.py:{line}: planted: inn.door imports inn.bar.beer, which imports inn.room.bed, "
        "against “Quiet”; Knock first."
        for line in (3, 9)
    ]


def test_protected(graph: ImportGraph) -> None:
    options = {"type": "protected", "protected_modules": ["inn.room"], "allowed_importers": ["inn.bar.wine"]}
    assert said(graph, options) == [f"inn/bar/beer.py:1: planted: inn.bar.beer imports inn.room.bed, {MEND}"]


def test_forbidden(graph: ImportGraph) -> None:
    graph.remove_import(importer="inn.bar.beer", imported="inn.room.bed")  # of two ways to one place, one is told
    options = {"type": "forbidden", "source_modules": ["inn.bar"], "forbidden_modules": ["socket"]}
    assert said(graph, options) == [
        f"inn/bar/wine.py:2: planted: inn.bar.wine imports inn.room.bed, which imports socket, {MEND}",
    ]


def test_a_type_whose_findings_are_unknown_here(graph: ImportGraph) -> None:
    graph.add_import(importer="inn.room.bed", imported="inn.door", line_number=1, line_contents="import it")
    assert said(graph, {"type": "acyclic_siblings", "ancestors": ["inn"]}) == [
        ".importlinter: planted: “Quiet” is broken; `lint-imports` shows where."
    ]


def test_the_graph_stays_as_it_was(graph: ImportGraph) -> None:
    before = graph.count_imports()
    said(graph, {"type": "layers", "layers": ["inn.room", "inn.bar"]})
    assert graph.count_imports() == before


def misspelt() -> Iterator[tuple[str, str, str]]:
    """Yield contract, option and item of everything in our own .importlinter that names modules."""
    for contract, options in read_configuration(ROOT).contracts:
        names = type(contract)._get_field_names()
        for option in names:
            field = type(contract)._get_field(option)
            if "Module" in repr(getattr(field, "subfield", field)) or option == "layers":
                value = options.get(option, [])
                yield from ((options["id"], option, item) for item in ([value] if isinstance(value, str) else value))


def test_every_misspelt_pattern_of_our_own_is_found() -> None:
    configuration = read_configuration(ROOT)
    graph = build_graph(configuration, ROOT)
    assert graph is not None
    check_patterns(configuration, graph)
    assert configuration.problems == []
    patterns = set(misspelt())
    assert len(patterns) > 40
    unseen = set(patterns)
    for contract, option, item in patterns:
        wrong = (
            f"{item[:-1]}x)"
            if item.endswith(")")
            else item.replace("modules", "modulesx")
            if "*" in item
            else f"{item}x"
        )
        configuration.problems.clear()
        configuration.contracts = [
            (kind, {**options, option: wrong} if options["id"] == contract else options)
            for kind, options in read_configuration(ROOT).contracts
            if options["id"] == contract
        ]
        check_patterns(configuration, graph)
        unseen -= {(contract, option, item)} if configuration.problems else set()
    assert unseen == set()
