"""`freestone modules`, and the help."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli import modules
from app.runtime.part import make_part
from tests.app.cli.commands import freestone
from tests.app.planted import plant_broken_module
from tests.serving import FREESTONE, call, environment
from tests.versions.depot import MODULES


def test_the_help_names_the_commands(tmp_path: Path) -> None:
    shown = call(*FREESTONE, "--help", data=tmp_path / "data")
    assert shown.returncode == 0
    for command in ("run", "serve", "ps", "call", "seed", "modules", "certify", "check", "contracts", "architecture"):
        assert f" {command} " in shown.stdout
    assert list(tmp_path.iterdir()) == []


def test_every_module_is_listed_with_what_it_provides_and_needs(tmp_path: Path) -> None:
    environ = environment(tmp_path / "data") | {"COLUMNS": "200", "PYTHONPATH": plant_broken_module(tmp_path / "extra")}
    shown = call(*FREESTONE, "modules", data=tmp_path / "data", environ=environ)
    assert shown.returncode == 0
    rows = {line.split()[0]: " ".join(line.split()) for line in shown.stdout.splitlines() if line.strip()}
    assert rows["module"] == "module provides needs listens to pages state"
    assert rows["inventory"] == "inventory inventory.v1 - catalog.product_added - ready"
    assert rows["orders"] == "orders orders.v1 catalog, inventory, payments - - ready"
    assert rows["storefront"] == "storefront - catalog, accounts?, carts?, inventory?, orders? - / ready"
    assert rows["broken"] == "broken - - - - module broken could not be imported: RuntimeError: planted"
    assert rows["auditor"] == "auditor - orders, payments, inventory - - ready"
    names = ("accounts", "auditor", "cart", "catalog", "inventory", "orders", "payments", "storefront", "webhooks")
    assert set(rows) == {"module", "broken", *names}
    assert not (tmp_path / "data").exists()


def test_who_still_needs_an_old_version_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modules, "find_modules", lambda: [make_part(each) for each in MODULES])
    rows = {line.split()[0]: " ".join(line.split()) for line in freestone("modules").out.splitlines()}
    assert rows["depot"].startswith("depot parcels.v1, parcels.v2, hours.v1, hours.v2 - ")
    assert rows["old"].startswith("old - parcels.v1, hours.v1 parcels.sent ")
    assert rows["new"].startswith("new - parcels, hours parcels.sent ")
