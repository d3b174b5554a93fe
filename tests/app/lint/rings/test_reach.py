"""What a file reaches without importing it, or hides behind hooks, is found."""

from __future__ import annotations

import pytest

from app.lint.rings.reach import READERS, judge
from tests.app.lint.judging import lines, said, world_of

SERVICE = "modules.orders.service"


@pytest.mark.parametrize(
    "text",
    [
        "def __getattr__(name): ...",
        "def __dir__(): ...",
        "__getattr__ = load",
        "from contracts.values import *",
    ],
)
def test_what_one_file_tells_is_found(text: str) -> None:
    assert lines(READERS, text) == [1]


@pytest.mark.parametrize(
    "text",
    [
        "class C:\n    def __getattr__(self, name): ...\n    def __dir__(self): ...",
        "def f():\n    __getattr__ = 1",
    ],
)
def test_a_look_alike_is_not(text: str) -> None:
    assert said(READERS, text) == []


def found(text: str, *imports: str, through: tuple[tuple[str, str], ...] = ()) -> list[str]:
    """Return what is said of a service that holds the text and imports these."""
    files = {
        "contracts.values": "",
        "contracts.kit.": "",
        "contracts.kit.message": "",
        "modules.orders.": "",
        "modules.orders.store.": "",
        "modules.orders.store.rows": "",
        "modules.orders.tools": "from re import compile\nfrom re import match as match\nimport json\nx = 1",
        SERVICE: text,
    }
    edges = (*((SERVICE, each) for each in imports), *through)
    return [str(problem) for problem in judge(world_of(files, READERS, edges))]


def test_what_is_reached_through_a_package_is_found() -> None:
    (only,) = found("import contracts\n\nx = contracts.values.Money")
    assert only == (
        "modules/orders/service.py:3: lazy-reach: orders reaches contracts.values through contracts, "
        "without importing it; write import contracts.values."
    )
    assert len(found("import contracts.kit as k\nx = k.message.Message", "contracts.kit")) == 1
    assert len(found("from modules.orders import store\nx = store.rows.one", "modules.orders.store")) == 1


def test_what_is_imported_or_is_the_package_s_own_is_not() -> None:
    own = (("modules.orders.store", "modules.orders.store.rows"),)
    assert found("import contracts.values\nx = contracts.values.Money", "contracts.values") == []
    assert found("import contracts\nx = contracts.__path__") == []
    assert found("from modules.orders import store\nx = store.find", "modules.orders.store") == []
    assert found("from modules.orders import store\nx = store.rows.one", "modules.orders.store", through=own) == []
    assert found("from contracts.values import Money\nx = Money.values", "contracts.values") == []


def test_the_files_of_the_kit_are_not_reached_through_it() -> None:
    kit = {"contracts.kit.": "", "contracts.kit.context": "", "contracts.kit.contract": ""}
    text = (
        "from contracts import kit\nkit.context.HOLDER\nkit.contract.registered\nkit.contract(version=1)\nkit.query()"
    )
    edges = [("contracts.kit", name) for name in ("contracts.kit.context", "contracts.kit.contract")]
    world = world_of({**kit, "modules.orders.service": text, "app.main": text}, READERS, edges)
    assert [str(problem) for problem in judge(world)] == [
        f"modules/orders/service.py:{line}: lazy-reach: orders reaches contracts.kit.{file} through contracts.kit, a "
        "part of contracts.kit that is not for everybody; do without what the kit does not offer."
        for line, file in ((2, "context"), (3, "contract"))
    ]


def test_what_a_file_only_imported_is_not_taken_from_it() -> None:
    (only,) = found("from modules.orders.tools import compile", "modules.orders.tools")
    assert only == (
        "modules/orders/service.py:1: lazy-reach: orders takes compile from modules.orders.tools, which only "
        "imports it; write from re import compile."
    )
    assert len(found("from .tools import json as j", "modules.orders.tools")) == 1
    assert found("from modules.orders.tools import match, x", "modules.orders.tools") == []
