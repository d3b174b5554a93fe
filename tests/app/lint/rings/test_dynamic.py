"""A text that names a file of a module is found; one that only looks so is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.lint.rings.dynamic import LAWFUL, READERS, entry_points
from tests.app.lint.judging import lines, said, said_elsewhere


@pytest.mark.parametrize(
    "text",
    [
        "load('modules.catalog.service')",
        "NAME = 'modules.catalog.module:module'",
        "load(f'modules.{name}.module')",
        "load('modules.' + name)",
        "load('modules.%s' % name)",
        "load('contracts.catalog')",
        "load('app.runtime.host')",
    ],
)
def test_a_dotted_path_is_found(text: str) -> None:
    assert lines(READERS, text) == [1]


@pytest.mark.parametrize(
    "text",
    [
        '"""modules.catalog does this: …"""',
        "say('modules. And contracts.')",
        "say('modules', 'orders.placed', 'modules/orders')",
        "logging.getLogger('modules.orders')",
        "getLogger('modules.orders')",
    ],
)
def test_a_look_alike_is_not(text: str) -> None:
    assert said(READERS, text) == []


def test_app_names_itself_and_contracts_by_text_but_no_module() -> None:
    assert lines(READERS, "run('app.main:app')\nload('contracts.kit')\nload('modules.x')", "app.serve") == [3]
    assert lines(READERS, "load(f'modules.{name}')", "app.wiring") == []


def test_the_sentence_says_the_text() -> None:
    (only,) = said(READERS, "load('modules.catalog')")
    assert only == (
        "1: dynamic-import: orders names code by the text 'modules.catalog', which nothing can follow; import it, "
        "or ask for a contract in the container."
    )


@pytest.mark.parametrize("place", LAWFUL)
def test_a_lawful_place_is_still_one(place: str) -> None:
    assert said_elsewhere(READERS, place)


def test_a_module_declares_no_entry_points(tmp_path: Path) -> None:
    file = tmp_path / "modules" / "orders" / "pyproject.toml"
    file.parent.mkdir(parents=True)
    file.write_text("[project]\nname = 'orders'\ndependencies = []\n")
    assert list(entry_points(file, "orders", tmp_path)) == []
    file.write_text("[project.scripts]\norders = 'modules.orders:main'\n[project.entry-points.x]\ny = 'z'\n")
    assert [str(problem) for problem in entry_points(file, "orders", tmp_path)] == [
        f"modules/orders/pyproject.toml: dynamic-import: orders declares {table}, by which others load its code "
        f"unseen; hang its commands under freestone, and remove [project.{table}]."
        for table in ("entry-points", "scripts")
    ]
    for nonsense in ("[project", "project = 3", "x = 1"):
        file.write_text(nonsense)
        assert list(entry_points(file, "orders", tmp_path)) == []
