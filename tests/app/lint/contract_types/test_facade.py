"""From outside, a module is its manifest, to those who may know modules at all."""

from __future__ import annotations

import pytest

from app.lint.contract_types.facade import FacadeContract
from tests.app.lint.contract_types.small import found

OPTIONS = {"modules": "modules", "callers": ["app.wiring", "bench", "tests"], "own_tests": "tests.modules"}

MODULES = {
    **{f"modules.{module}.{file}": "" for module in ("one", "two") for file in ("module", "store.tables")},
    "app.wiring": "",
    "bench": "",
    "tests.modules.one.stand": "",
    "tests.modules.two.stand": "",
}


def said(**files: str) -> list[tuple[str, int, str]]:
    named = {name.replace("__", "."): text for name, text in files.items()}
    return found(FacadeContract, {**MODULES, **named}, **OPTIONS)


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("app.wiring", "modules.one.module"),
        ("app.wiring", "modules"),
        ("bench.store", "modules.one"),
        ("tests.journeys.test_all", "modules.one.module"),
        ("tests.journeys.test_all", "tests.modules.one.stand"),
        ("tests.modules.one.test_store", "modules.one.store.tables"),
        ("tests.modules.one.test_store", "tests.modules.one.stand"),
        ("tests.modules.doubles", "modules.one.module"),
        ("modules.two.service", "modules.one.module"),  # that is for `independence` to say
    ],
)
def test_what_may_be_seen(importer: str, imported: str) -> None:
    assert said(**{importer: f"import {imported}"}) == []


@pytest.mark.parametrize(
    ("importer", "imported", "text"),
    [
        ("app.cli.seed", "modules.one.module", "only app.wiring, bench, tests may know modules: ask for a contract."),
        ("app.cli.seed", "modules", "only app.wiring, bench, tests may know modules: ask for a contract."),
        (
            "app.wiring",
            "modules.one.store.tables",
            "from outside, a module is its manifest: import modules.one.module.",
        ),
        (
            "tests.modules.doubles",
            "modules.one.store",
            "from outside, a module is its manifest: import modules.one.module.",
        ),
        (
            "tests.modules.two.test_store",
            "modules.one.module",
            "the tests of two know no other module: hand in a double of its contract.",
        ),
        (
            "tests.modules.two.test_store",
            "tests.modules.one.stand",
            "move what the tests of both modules need up into tests.modules.",
        ),
    ],
)
def test_what_reaches_in(importer: str, imported: str, text: str) -> None:
    assert said(**{importer: f"\nimport {imported}"}) == [(importer, 2, f"{importer} imports {imported}; {text}")]
