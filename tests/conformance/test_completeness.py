"""Nothing is provided without a fake, and without a suite that both are held to."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from app.wiring import find_modules

PROVIDERS = {part.name: part.module for part in find_modules() if part.module is not None and part.module.provides}


def test_every_module_that_provides_something_has_a_fake_and_a_suite() -> None:
    suites = [import_module(f"tests.conformance.{file.stem}") for file in Path(__file__).parent.glob("test_*.py")]
    played = {suite.MODULES[-1] for suite in suites if hasattr(suite, "MODULES")}
    assert played == set(PROVIDERS)
    assert [name for name, module in PROVIDERS.items() if module.fake is None] == []
