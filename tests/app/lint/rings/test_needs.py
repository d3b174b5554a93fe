"""Needs that nobody uses, and providers that somebody may inherit."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
from grimp import ImportGraph

from app.lint.reader import read
from app.lint.rings import needs
from app.lint.source import Source
from app.lint.world import World

CONTRACTS = {
    "contracts.catalog": "from contracts.kit import contract\n@contract(version=1)\nclass Catalog: ...",
    "contracts.shop": "from contracts.catalog import Catalog",
}

CONTAINER = """
from dependency_injector import providers
from contracts.catalog import Catalog

class Container:
    catalog: object = providers.Dependency(instance_of=Catalog)
    service = providers.Singleton(object{used})
"""


def said(**files: str) -> list[tuple[str, int, str, str]]:
    """Return what the ring says of a module's files, and of the contracts."""
    named = {**CONTRACTS, **{f"modules.one.{name}": text for name, text in files.items()}}
    sources = {name: Source(Path(f"{name}.py"), f"{name}.py", name) for name in named}
    facts = {name: _facts(sources[name], text) for name, text in named.items()}
    world = World(Path(), sources, ImportGraph(), {needs.NeedsReader.__name__: facts})
    return [(each.file, each.line, each.rule, each.text) for each in needs.judge(world)]


def _facts(source: Source, text: str) -> bytes:
    reader = needs.NeedsReader(source)
    read(ast.parse(text), [reader])
    return msgspec.msgpack.encode(reader.facts())


UNUSED = (
    "modules.one.container.py",
    6,
    "unused-need",
    "one declares catalog in its container and uses it nowhere; remove it.",
)


@pytest.mark.parametrize(
    "files",
    [
        {"container": CONTAINER.format(used=", catalog")},
        {"container": CONTAINER.format(used=", catalog=catalog")},
        {"container": CONTAINER.format(used=""), "tasks": "async def work(container): container.catalog()"},
        {"container": CONTAINER.format(used=""), "tasks": "go = lambda parts: parts.catalog()"},
        {
            "container": CONTAINER.format(used=""),
            "tasks": "from modules.one.container import Container as C\ndef work(*, parts: C): parts.catalog()",
        },
        {
            "container": CONTAINER.format(used=""),
            "tasks": "from typing import Any\ndef work(parts: Any):\n  def inner(): parts.catalog()",
        },
        {
            "container": CONTAINER.format(used=""),
            "tasks": "from modules.one.container import Container\ndef work(parts: 'Container'): parts.catalog()",
        },
        {
            "container": CONTAINER.format(used=""),
            "more": "from modules.one.container import Container\nclass More(Container):\n  it = f(Container.catalog)",
        },
    ],
)
def test_a_need_is_used_by_a_provider_or_by_who_is_handed_the_container(files: Mapping[str, str]) -> None:
    assert said(**files) == []


@pytest.mark.parametrize(
    "elsewhere",
    [
        "",
        "class Service:\n  def work(self): self.catalog()",
        "def work(page: str): page.catalog",
        "from contracts import catalog\ncatalog.catalog",
    ],
)
def test_a_need_that_nobody_uses_is_found(elsewhere: str) -> None:
    assert said(container=CONTAINER.format(used=""), service=elsewhere) == [UNUSED]


def test_a_port_that_nobody_uses_is_found() -> None:
    container = CONTAINER.format(used=", catalog") + "    clock = providers.Dependency()\n"
    ((_, line, rule, text),) = said(container=container)
    assert (line, rule, text[:18]) == (8, "unused-need", "one declares clock")


@pytest.mark.parametrize("way", ["contracts.catalog", "contracts.shop"])
def test_what_is_optional_is_a_need(way: str) -> None:
    manifest = f"from contracts.kit import Module\nfrom {way} import Catalog\nmodule = Module(optional=[Catalog])"
    assert said(container=CONTAINER.format(used=", catalog"), module=manifest) == []
    assert said(module=manifest) == [
        (
            "modules.one.module.py",
            3,
            "unused-need",
            "one calls Catalog optional and does not need it; remove it, or declare the need.",
        )
    ]


@pytest.mark.parametrize(
    "source",
    [
        "from typing import final\nfrom contracts.catalog import Catalog\n@final\nclass Service(Catalog): ...",
        "import typing as t\nfrom contracts import catalog\n@t.final\nclass Service(catalog.Catalog): ...",
        "class Service: ...",
        "from elsewhere import Catalog\nclass Service(Catalog): ...",
    ],
)
def test_a_provider_that_is_final_and_what_provides_nothing_are_left_alone(source: str) -> None:
    assert said(service=source) == []


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("from contracts.catalog import Catalog\nclass Service(Catalog): ...", 2),
        ("from contracts.catalog import Catalog as C\n@staticmethod\nclass Service(C): ...", 3),
        ("from contracts.shop import Catalog\nclass Service(object, Catalog): ...", 2),
        ("from modules.one.base import Base\nclass Service(Base[int]): ...", 2),
        ("from contracts.catalog import Catalog\ndef make():\n  class Service(Catalog): ...", 3),
        ("from contracts.catalog import Catalog\ndef final(x): return x\n@final\nclass Service(Catalog): ...", 4),
    ],
)
def test_a_provider_that_is_not_final_is_found(source: str, line: int) -> None:
    base = "from contracts.catalog import Catalog\nfrom typing import final\nclass Base(Catalog): ...\n"
    heir = "@final\nclass Heir(Base): ..."  # so that Base itself could not be final
    assert said(service=source, base=base + heir) == [
        (
            "modules.one.service.py",
            line,
            "final-provider",
            (
                "Service provides Catalog and is not final, so that nobody says which operation it lacks; "
                "put @final before it (from typing import final)."
            ),
        )
    ]
