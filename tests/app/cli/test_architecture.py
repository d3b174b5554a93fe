"""`freestone architecture`: shown, written and checked."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.commands import app
from tests.app.planted import plant_broken_module
from tests.architecture.planting import ROOT, Tree

PAGES = Path("docs", "architecture")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["architecture", *arguments], env={"COLUMNS": "200"})


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.mark.usefixtures("here")
def test_the_shop_is_shown_and_its_pages_say_the_same() -> None:
    shown = run()
    assert shown.exit_code == 0, shown.output
    lines = [" ".join(line.split()) for line in shown.output.splitlines()]
    assert [line for line in lines if line in {"cart", "catalog", "orders", "storefront"}] == [
        *("cart", "catalog", "orders", "storefront")
    ]
    assert "quote query anyone 2 s yes NotAvailable, NoDelivery Return what these lines, delivered to a country" in (
        shown.output and " ".join(shown.output.split())
    )
    assert "Tables orders, timeline" in lines
    assert "catalog.product_added catalog" in lines
    assert "Pages /" in lines
    checked = run("--check")
    assert (checked.exit_code, checked.output) == (0, "")


def test_one_may_not_ask_for_both() -> None:
    refused = run("--write", "--check")
    assert refused.exit_code == 2
    assert "give one of them" in refused.output


def test_pages_are_made_whatever_folder_the_modules_come_from(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "tree")
    elsewhere = tmp_path / "elsewhere" / "modules"
    elsewhere.mkdir(parents=True)
    shutil.move(tree.folder / "modules" / "catalog", elsewhere / "catalog")
    checked = tree.freestone("architecture", "--check", beside=[elsewhere.parent])
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_what_differs_is_said_then_written_and_a_broken_module_stops_it(tmp_path: Path) -> None:
    tree = Tree(tmp_path / "tree")
    (tree.folder / PAGES / "orders.md").unlink()
    written = tree.freestone("architecture", "--write")
    assert (written.returncode, written.stdout, written.stderr) == (0, "docs/architecture/orders.md\n", "")
    assert (tree.folder / PAGES / "orders.md").read_bytes() == (ROOT / PAGES / "orders.md").read_bytes()
    broken = plant_broken_module(tmp_path / "extra")
    stopped = tree.freestone("architecture", "--write", beside=[Path(broken)])
    assert (stopped.returncode, stopped.stderr) == (1, "")
    assert stopped.stdout.endswith(
        "modules/broken/module.py:1: unimportable: module broken could not be imported: RuntimeError: planted; "
        "mend it: until then nothing of broken can run.\n"
    )
