"""Every break of a boundary that `violations/` holds is found by the rule that claims it, and nothing else is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter import api

from app.lint.problem import Problem
from tests.architecture.planting import ROOT, Tree
from tests.architecture.violations import (
    Violation,
    blind_spots,
    data,
    imports,
    lock,
    needs,
    pages,
    rolling,
    rules,
    state,
)

LISTS = (imports, lock, needs, blind_spots, state, data, rolling, pages, rules)
EVERY = tuple(each for ring in LISTS for each in ring.VIOLATIONS)
TOGETHER = [violation for violation in EVERY if not violation.alone]
ALONE = [violation for violation in EVERY if violation.alone]

LINE = re.compile(r"(?P<file>[^:]+):((?P<line>\d+):)? (?P<rule>[a-z][a-z_-]*): (?P<text>.+)")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return Tree(tmp_path_factory.mktemp("alone"))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[Problem]:
    """What is said where all are planted at once."""
    tree = Tree(tmp_path_factory.mktemp("violations"))
    for violation in TOGETHER:
        tree.plant(violation.files)
    return problems(tree)


@pytest.mark.parametrize("violation", TOGETHER, ids=lambda each: f"{each.at}: {each.rule}: {each.says}")
def test_a_violation_is_found_where_it_is(found: list[Problem], violation: Violation) -> None:
    assert [problem for problem in found if claims(violation, problem)], said_near(violation, found)


def test_nothing_is_found_but_what_was_planted(found: list[Problem]) -> None:
    assert [str(problem) for problem in found if not any(explains(each, problem) for each in TOGETHER)] == []


@pytest.mark.parametrize("violation", ALONE, ids=lambda each: f"{each.at}: {each.rule}: {each.says}")
def test_a_violation_that_hides_others_is_found_alone(tree: Tree, violation: Violation) -> None:
    with tree.planted(violation.files):
        found = problems(tree)
    assert [problem for problem in found if claims(violation, problem)], found
    assert [str(problem) for problem in found if not explains(violation, problem)] == []


def test_every_list_is_planted() -> None:
    files = {file.stem for file in (Path(__file__).parent / "violations").glob("[!_]*.py")}
    assert files == {ring.__name__.rpartition(".")[2] for ring in LISTS}


def test_there_are_forty_at_least_and_each_differs() -> None:
    assert len(EVERY) >= 40
    assert len({(each.rule, each.at, each.says) for each in EVERY}) == len(EVERY)


def test_every_rule_is_broken() -> None:
    contracts = {each["id"] for each in api.read_configuration(str(ROOT / ".importlinter"))["contracts_options"]}
    assert contracts | rules_in(ROOT / "app" / "lint") == {each.rule for each in EVERY}


def problems(tree: Tree) -> list[Problem]:
    """Check a tree, and read what is said."""
    found = []
    for line in tree.check():
        read = LINE.fullmatch(line)
        assert read, line
        found.append(Problem(read["file"], int(read["line"] or 0), read["rule"], read["text"]))
    return found


def claims(violation: Violation, problem: Problem) -> bool:
    """Say whether a problem is the one that the violation was planted for."""
    return problem.rule == violation.rule and stands(violation, problem) and violation.says in problem.text


def explains(violation: Violation, problem: Problem) -> bool:
    """Say whether a problem comes from the violation: what it was planted for, or another rule about its line."""
    if (
        problem.rule == "unimportable" and problem.rule != violation.rule
    ):  # a manifest planted beside is none that works
        return problem.file in violation.files
    return stands(violation, problem) and (problem.rule != violation.rule or violation.says in problem.text)


def stands(violation: Violation, problem: Problem) -> bool:
    """Say whether a problem is where the violation is."""
    file, _, line = violation.at.partition(":")
    return problem.file == file and (not line or problem.line == int(line))


def said_near(violation: Violation, found: list[Problem]) -> str:
    """Return what was said of the same files, to read in a failed test."""
    near = [str(problem) for problem in found if problem.file in violation.files or problem.rule == violation.rule]
    return "\n".join([f"{violation.rule} says nothing of {violation.at}; but:", *near])


def rules_in(folder: Path) -> set[str]:
    """Return the rules that the checks report: what they hand to `Problem(…)` and `self.report(…)`."""
    files = (file for file in folder.rglob("*.py") if "alone" not in file.parts)  # the probe is no part of the check
    trees = {file: ast.parse(file.read_text()) for file in files}
    texts = {file: dict(constants_of(tree)) for file, tree in trees.items()}
    rules = set()
    for file, tree in trees.items():
        for node in ast.walk(tree):
            match node:
                case ast.ImportFrom(module=str(module), names=names):
                    theirs = texts.get(ROOT / f"{module.replace('.', '/')}.py", {})
                    for each in names:
                        if each.name in theirs:
                            texts[file][each.asname or each.name] = theirs[each.name]
                case (
                    ast.Call(func=ast.Name(id="Problem"), args=[_, _, rule, _])
                    | ast.Call(func=ast.Attribute(attr="report"), args=[_, rule, _])
                ):
                    match rule:
                        case ast.Constant(value=str(text)):
                            rules.add(text)
                        case ast.Name(id=name) if name in texts[file]:
                            rules.add(texts[file][name])
                        case _:
                            pass
                case _:
                    pass
    return rules


def constants_of(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the texts that a file names at its own level."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))):
                yield name, text
            case _:
                pass
