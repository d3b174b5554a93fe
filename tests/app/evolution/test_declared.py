"""Contracts are found by importing their files; one that cannot be read is a sentence, and the others are read."""

from __future__ import annotations

from pathlib import Path

from app.evolution.declared import declared
from app.lint.source import find_sources
from tests.app.evolution.planting import SHOP, names, planted
from tests.contracts.every import CONTRACTS

ROOT = Path(__file__).parents[3]


def test_every_contract_of_the_store_and_of_the_kit_is_found() -> None:
    found = declared(names(find_sources(["contracts"], ROOT)))
    assert found.failures == {}
    assert found.shapes.keys() == {*map(str, CONTRACTS), "hosting.v1", "outbox.v1"}
    assert found.files["hosting.v1"] == "contracts/kit/hosting.py"


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    files = {
        "good": SHOP.format(name="good"),
        "syntax": "def",
        "leaves": "raise SystemExit",
        "missing": "import nowhere_at_all\n",
        "refused": SHOP.format(name="refused").replace("name: str", "name: list[str]"),
        "twin": SHOP.format(name="good").replace("Planted", "Twin"),
    }
    with planted(tmp_path, files) as sources:
        found = declared(names(sources))
    assert found.files == {"good.v1": "contracts/good.py"}
    assert found.failures == {
        "contracts/syntax.py": found.failures["contracts/syntax.py"],
        "contracts/leaves.py": "does not import (SystemExit); correct it.",
        "contracts/missing.py": "does not import (ModuleNotFoundError: No module named 'nowhere_at_all'); correct it.",
        "contracts/refused.py": found.failures["contracts/refused.py"],
        "contracts/twin.py": (
            "Twin is good.v1, as Planted in contracts/good.py is; give one of them another name= or version=."
        ),
    }
    assert found.failures["contracts/syntax.py"].startswith("does not import (SyntaxError: invalid syntax")
    assert "ContractError: Planted.look: its result: field Thing.name: list" in found.failures["contracts/refused.py"]
