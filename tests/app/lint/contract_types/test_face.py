"""A package is known by what it offers, and its files by those who may."""

from __future__ import annotations

import pytest

from app.lint.contract_types.face import FaceContract
from tests.app.lint.contract_types.small import found

OPTIONS = {"package": "contracts.kit", "allowed_importers": ["app", "contracts.kit"]}
HERE = {"app.main": "", "contracts.kit.context": "", "contracts.kit.contract": "from contracts.kit import context"}


def said(importer: str, text: str) -> list[tuple[str, int, str]]:
    return found(FaceContract, {**HERE, importer: text}, **OPTIONS)


@pytest.mark.parametrize(
    "text",
    [
        "import contracts.kit.context",
        "from contracts.kit.context import HOLDER",
        "from contracts.kit import context",
        "from contracts.kit.contract import contract",
        "def late():\n    import contracts.kit.contract",
    ],
)
def test_its_files_are_not_for_everybody(text: str) -> None:
    ((importer, line, sentence),) = said("modules.one.service", text)
    assert (importer, line) == ("modules.one.service", 1 + text.count("\n"))
    assert sentence.startswith("modules.one.service imports contracts.kit.cont")
    assert sentence.endswith("write from contracts.kit import …, and do without what it does not offer.")


@pytest.mark.parametrize(
    "text",
    ["from contracts.kit import contract", "from contracts.kit import (\n    contract,\n)", "import contracts.kit"],
)
def test_what_it_offers_is(text: str) -> None:
    assert said("modules.one.service", text) == []
    assert said("contracts.catalog", text) == []


def test_who_may_imports_them() -> None:
    assert said("app.runtime.guard", "from contracts.kit.context import HOLDER") == []
