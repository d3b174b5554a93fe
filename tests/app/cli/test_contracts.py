"""`freestone contracts`: what changed, in which order to upgrade, and what is accepted."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.evolution import lock
from tests.app.cli.commands import Done, freestone
from tests.app.evolution.planting import SHOP, planted

HAD = SHOP.format(name="planted")
MORE = HAD.replace("    size: int\n", "    size: int\n    more: str = ''\n")
FEWER = HAD.replace("    size: int\n", "")
BROKEN = HAD.replace("size: int", "size: str")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder, with contracts that were accepted."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "contracts").mkdir()
    with contracts(tmp_path, {"shop": HAD}):
        assert run("accept") == Done(0, f"{lock.PATH} holds the contracts as they are; commit it.\n", "")
    return tmp_path


@contextmanager
def contracts(project: Path, files: Mapping[str, str]) -> Iterator[None]:
    with planted(project, files):
        yield
    for file in (project / "contracts").glob("*.py"):
        file.unlink()


def run(*arguments: str) -> Done:
    return freestone("contracts", *arguments)


def test_nothing_changed(project: Path) -> None:
    with contracts(project, {"shop": HAD}):
        assert run("diff") == Done(0, "The contracts are as the lock has them.\n", "")


def test_every_change_is_shown_with_its_order_and_accepted(project: Path) -> None:
    with contracts(project, {"shop": MORE}):
        shown = run("diff")
        lines = [line.split(maxsplit=2) for line in shown.out.splitlines() if line]
        assert shown.code == 0
        assert lines == [
            ["planted.v1:", "safe"],
            ["safe", "response", 'buy: result more (Thing.more) and 1 more place  added: text, default ""'],
        ]
        assert run("accept").code == 0
        assert run("diff").out == "The contracts are as the lock has them.\n"


def test_an_order_is_said_with_its_reason(project: Path) -> None:
    with contracts(project, {"shop": HAD.replace("query()", "query(deadline=3)").replace("\n    @command", _LIST)}):
        shown = run("diff")
    assert shown.code == 0
    assert "planted.v1: provider first\n" in shown.out
    assert "provider first  call  list  added" in shown.out
    assert "old providers do not have it" in shown.out
    assert "safe            call  look  deadline 1 s → 3 s" in shown.out


_LIST = "\n    @query()\n    async def list(self) -> None: ...\n\n    @command"


def test_what_breaks_is_refused(project: Path) -> None:
    before = (project / lock.PATH).read_bytes()
    with contracts(project, {"shop": BROKEN}):
        shown, refused = run("diff"), run("accept")
        assert shown.code == refused.code == 1
        for each in (shown, refused):
            assert "planted.v1: breaking\n" in each.out
            assert "breaking  response  buy: result size (Thing.size)" in each.out
            assert "make the change in version 2 and let the module provide both" in each.out
        assert refused.out.endswith("Not accepted. Only where nobody uses it yet: --breaking planted.v1\n")
        assert (project / lock.PATH).read_bytes() == before
        assert run("accept", "--breaking", "planted.v1").code == 0
        assert run("diff").code == 0


def test_what_does_not_break_is_not_named(project: Path) -> None:
    with contracts(project, {"shop": MORE}):
        said = run("accept", "--breaking", "planted.v1", "--breaking", "nowhere.v1")
    assert said == Done(2, "", "Nothing breaks nowhere.v1 and planted.v1; leave --breaking out.\n")


def test_a_new_version_beside_it_is_no_change_of_it(project: Path) -> None:
    with contracts(project, {"shop": BROKEN.replace("version=1", "version=2"), "shop_v1": HAD}):
        shown = run("diff")
    assert shown.code == 0
    assert [line for line in shown.out.splitlines() if line and line[0] != " "] == ["planted.v2: provider first"]


def test_another_lock_to_compare_with(project: Path) -> None:
    (project / lock.PATH).rename(project / "release.json")
    with contracts(project, {"shop": FEWER}):
        assert "callers first" in run("diff", "--against", "release.json").out
        assert run("accept").code == 0
        assert run("diff").out == "The contracts are as the lock has them.\n"
        assert run("diff", "--against", lock.PATH).out == f"The contracts are as {lock.PATH} has them.\n"


def test_bad_input_is_a_sentence(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(project.parent))
    with contracts(project, {"shop": HAD}):
        said = run("diff", "--against", "v1")
        assert (said.code, said.err) == (
            2,
            f"{project} is in no git repository, so it has no 'v1'; name a lock file instead.\n",
        )
        (project / lock.PATH).write_text("{}")
        for command in ("diff", "accept"):
            assert run(command).code == 2
            assert run(command).err.startswith(f"{lock.PATH} is no lock of contracts: it says no format; restore it")
        (project / lock.PATH).unlink()
        assert run("diff").err.startswith(f"{lock.PATH} is missing; restore it, or, ")
    with contracts(project, {"shop": "import nowhere_at_all\n"}):
        assert run("accept").code == 2
        assert "shop_" in run("accept").err
        assert "does not import (ModuleNotFoundError: No module named 'nowhere_at_all')" in run("accept").err


def test_a_lock_that_was_committed_is_not_made_anew(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(project.parent))
    who = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org")
    for command in (("init", "--quiet"), ("add", lock.PATH), (*who, "commit", "--quiet", "--message", "Lock")):
        subprocess.run(["git", *command], cwd=project, check=True)
    (project / lock.PATH).unlink()
    with contracts(project, {"shop": BROKEN}):
        assert run("accept") == Done(2, "", f"{lock.PATH} was committed and is gone; {lock.RESTORE}\n")


def test_outside_of_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("diff").err == f"There is no folder contracts in {tmp_path}; run this in the project's folder.\n"
