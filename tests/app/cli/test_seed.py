"""`freestone seed`: the same data, however often."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.app.bad_launches import FOLDERS, SETTINGS, BadLaunch, refuses, refuses_beside_a_running_store
from tests.app.planted import plant_broken_module
from tests.serving import FREESTONE, call, environment

SEED = (*FREESTONE, "seed")
BAD = {name: (SETTINGS | FOLDERS)[name] for name in ("unknown module", "a file as the folder", "newer database")}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_bad_launch_is_refused_in_one_sentence_with_nothing_written(bad: BadLaunch, tmp_path: Path) -> None:
    refuses(bad, *SEED, data=tmp_path / "data")


def test_beside_a_running_store_it_is_refused(tmp_path: Path) -> None:
    refuses_beside_a_running_store(*SEED, data=tmp_path / "data")


def test_an_unknown_size_is_refused_with_nothing_written(tmp_path: Path) -> None:
    refused = call(*SEED, "--size", "XL", data=tmp_path / "data")
    assert refused.returncode == 2
    assert "'XL'" in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_seeding_again_changes_nothing(seeded: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(seeded, data)
    before = dump(data)
    again = call(*SEED, "--size", "s", data=data)
    assert (again.returncode, again.stderr) == (0, "")
    assert "The demonstration data of size S is there." in again.stdout
    assert dump(data) == before
    assert sum(line.startswith('INSERT INTO "products"') for line in before["catalog.sqlite"]) == 120


def dump(data: Path) -> dict[str, list[str]]:
    """Return everything that the databases of a data folder hold, but for who worked with them last."""
    found = {}
    for file in data.glob("*.sqlite"):
        with closing(sqlite3.connect(file)) as connection:
            lines = connection.iterdump()
            found[file.name] = [line for line in lines if not line.startswith('INSERT INTO "freestone_leases"')]
    return found


def test_a_broken_module_is_left_out_and_said(tmp_path: Path) -> None:
    environ = environment(tmp_path / "data") | {"PYTHONPATH": plant_broken_module(tmp_path / "extra")}
    done = call(*SEED, data=tmp_path / "data", environ=environ)
    assert done.returncode == 0
    assert (
        done.stdout.strip() == "The demonstration data of size S is there, except in broken, which cannot be started."
    )


def test_one_module_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    seen = []
    for module in ("catalog", "inventory"):
        done = call(*SEED, module, data=data)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.strip() == f"The demonstration data of {module}, size S, is there."
        held = dump(data)
        products = sum(line.startswith('INSERT INTO "products"') for line in held["catalog.sqlite"])
        seen.append((products, any(line.startswith('INSERT INTO "movements"') for line in held["inventory.sqlite"])))
    assert seen == [(120, False), (120, True)]


@pytest.mark.parametrize(
    ("module", "sentence"),
    [
        ("katalog", "katalog is no module; did you mean catalog?"),
        ("storefront", "storefront has no demonstration data of its own."),
        ("broken", "broken cannot be started: module broken could not be imported: SystemExit: 3."),
    ],
)
def test_a_module_that_cannot_be_seeded_is_refused(module: str, sentence: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    environ = environment(data) | {"PYTHONPATH": plant_broken_module(tmp_path / "extra", "raise SystemExit(3)")}
    refused = call(*SEED, module, data=data, environ=environ)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.splitlines()[-1] == sentence
