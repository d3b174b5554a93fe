"""The workflow, `.ci/run` and the commit hook call what there is, and mean the same."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
SCRIPT = (ROOT / ".ci/run").read_text("utf-8")


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/check.yml").read_text("utf-8"))
    return loaded


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def made_by(text: str) -> set[str]:
    """Return the targets that a script makes, without the stamps, whose names begin with a dot."""
    return set(re.findall(r"(?:\bmake|\bmake_with \S+ \S+) ([a-z]+)\b", text))


def test_all_three_make_targets_that_there_are(workflow: dict[str, Any]) -> None:
    phony = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert phony is not None
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    (hook,) = [hook for repository in hooks["repos"] for hook in repository["hooks"]]
    scripts = "\n".join(line for line in SCRIPT.splitlines() if not line.lstrip().startswith("#"))
    assert made_by(scripts) == {"check", "test"} <= set(phony[1].split())
    assert made_by("\n".join(step.get("run", "") for step in steps(workflow))) == {"check", "test"}
    assert made_by(hook["entry"]) == {"check"}
    assert (hook["pass_filenames"], hook["language"]) == (False, "system")


def test_they_run_every_python_that_the_project_claims(workflow: dict[str, Any], project: dict[str, Any]) -> None:
    name = "Programming Language :: Python :: "
    claimed = [each.removeprefix(name) for each in project["project"]["classifiers"] if each.startswith(name)]
    assert workflow["jobs"]["check"]["strategy"]["matrix"]["python"] == claimed
    oldest = project["project"]["requires-python"].removeprefix(">=")
    others = re.search(r"^for version in (.+); do$", SCRIPT, re.MULTILINE)
    assert others is not None
    assert [oldest, *others[1].split()] == claimed


def test_the_workflow_may_read_and_no_more_and_ends(workflow: dict[str, Any]) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["concurrency"]["cancel-in-progress"] is True
    for job in workflow["jobs"].values():
        assert "permissions" not in job
        assert job["timeout-minutes"] <= 30
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert used
    assert [each for each in used if not re.fullmatch(r"actions/[a-z-]+@v\d+", each)] == []


def test_what_other_pythons_leave_out_is_there_to_be_left_out(project: dict[str, Any]) -> None:
    subprocess.run(["bash", "-n", ROOT / ".ci/run"], check=True, timeout=20)
    others = re.search(r"^others='(.+)'$", SCRIPT, re.MULTILINE)
    assert others is not None
    left_out = re.findall(r"--ignore=(\S+)", others[1])
    assert left_out
    assert [each for each in left_out if not (ROOT / each).exists()] == []
    markers = {each.partition(":")[0] for each in project["tool"]["pytest"]["markers"]}
    assert set(re.findall(r"not (\w+)", others[1])) <= markers
