"""The contracts in the code against the lock: what is not accepted yet, and what must not be, with its line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from grimp import ImportGraph

from app.evolution import lock
from app.evolution.declared import declared
from app.lint.problem import Problem
from app.lint.rings.lock import RULE, judge
from app.lint.world import World
from tests.app.evolution.planting import SHOP, names, planted

HAD = SHOP.format(name="planted")


def judged(folder: Path, files: Mapping[str, str]) -> list[Problem]:
    with planted(folder, files) as sources:
        return sorted(judge(World(folder, {each.name: each for each in sources}, ImportGraph(), {})))


def accepted(folder: Path, text: str = HAD) -> None:
    with planted(folder, {"shop": text}) as sources:
        lock.write(folder / lock.PATH, declared(names(sources)).shapes)


def test_nothing_to_say_where_the_lock_has_it_all(tmp_path: Path) -> None:
    accepted(tmp_path)
    assert judged(tmp_path, {"shop": HAD}) == []
    assert judged(tmp_path, {}) == []


def test_what_breaks_stands_at_its_line(tmp_path: Path) -> None:
    accepted(tmp_path)
    (problem,) = judged(tmp_path, {"shop": HAD.replace("size: int", "size: str")})
    assert (problem.file, problem.line, problem.rule) == ("contracts/shop.py", 10, RULE)
    assert problem.text.startswith("planted.v1 buy: result size (Thing.size)")
    assert "freeze contracts/shop.py of the last release as contracts/shop_v1.py" in problem.text


def test_an_operation_has_a_line_too(tmp_path: Path) -> None:
    accepted(tmp_path)
    changed = HAD.replace("@command(atomic)", "@command(process)").replace("atomic, ", "process, ")
    (problem,) = judged(tmp_path, {"shop": changed})
    assert problem.line == 18
    assert problem.text.startswith(
        "planted.v1 buy: atomic command → process command: what the old version stored under a key cannot answer a "
        "repeat in the new one; keep"
    )


def test_what_an_order_serves_is_to_be_accepted(tmp_path: Path) -> None:
    accepted(tmp_path)
    (problem,) = judged(tmp_path, {"shop": HAD.replace("    size: int\n", "    size: int\n    more: str = ''\n")})
    assert str(problem) == (
        "contracts/shop.py: contract-lock: 1 change of planted.v1 is not in the lock (safe); "
        "run freestone contracts accept."
    )


def test_a_version_beside_it_and_one_that_is_gone(tmp_path: Path) -> None:
    accepted(tmp_path)
    second = HAD.replace("version=1", "version=2")
    assert [each.text for each in judged(tmp_path, {"shop": second, "shop_v1": HAD})] == [
        "1 change of planted.v2 is not in the lock (provider first); run freestone contracts accept."
    ]
    (gone,) = [each for each in judged(tmp_path, {"shop": second}) if "planted.v1" in each.text]
    assert str(gone) == (
        "contracts/contracts.lock.json: contract-lock: 1 change of planted.v1 is not in the lock (callers first); "
        "run freestone contracts accept."
    )


def test_a_file_that_is_not_read_is_said_and_nothing_of_it_is_gone(tmp_path: Path) -> None:
    accepted(tmp_path)
    (problem,) = judged(tmp_path, {"shop": "import nowhere_at_all\n"})
    assert str(problem).startswith("contracts/shop.py: contract-lock: contracts/shop.py does not import (ModuleNot")


def test_a_lock_that_is_missing_or_damaged_is_one_problem(tmp_path: Path) -> None:
    (missing,) = judged(tmp_path, {"shop": HAD})
    assert str(missing).startswith(
        "contracts/contracts.lock.json: contract-lock: contracts/contracts.lock.json is miss"
    )
    (tmp_path / lock.PATH).write_text("{")
    (damaged,) = judged(tmp_path, {"shop": HAD})
    assert "is no JSON" in damaged.text
