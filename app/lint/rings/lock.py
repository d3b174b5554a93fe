"""No contract changes under its callers: the code against contracts/contracts.lock.json."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from app.evolution import lock
from app.evolution.declared import PACKAGE, Declared, declared
from app.evolution.report import Evolution, evolutions
from app.evolution.verdict import Change
from app.lint.problem import Problem
from app.lint.reader import Reader, dotted
from app.lint.world import World

RULE = "contract-lock"
READERS: tuple[type[Reader], ...] = ()


def judge(world: World) -> Iterator[Problem]:
    """Yield what the lock does not know yet, and what it must not come to know."""
    sources = {name: source.file for name, source in world.sources.items() if source.package == PACKAGE}
    if not sources:
        return
    found = declared(sources)
    for file, failure in found.failures.items():
        yield Problem(file, 0, RULE, f"{file} {failure}")
    try:
        old = lock.read(world.root / lock.PATH)
    except lock.LockProblem as problem:
        yield Problem(lock.PATH, 0, RULE, str(problem))
        return
    for each in evolutions(old, found.shapes):
        if each.contract in found.shapes or not found.failures:  # one in a file that was not read is not gone
            yield from _problems(each, found, world)


def _problems(evolution: Evolution, found: Declared, world: World) -> Iterator[Problem]:
    file = found.files.get(evolution.contract, lock.PATH)
    for change, sentence in evolution.breaks(file):
        yield Problem(*_place(change, evolution.contract, found, world), RULE, sentence)
    if not evolution.is_breaking:
        number = len(evolution.changes)
        text = f"{number} change{'s' * (number != 1)} of {evolution.contract}"
        verb = "are" if number != 1 else "is"
        yield Problem(
            file, 0, RULE, f"{text} {verb} not in the lock ({evolution.verdict}); run freestone contracts accept."
        )


def _place(change: Change, contract: str, found: Declared, world: World) -> tuple[str, int]:
    """Return where a change was made: the message's field, else the operation, else the contract."""
    owner, _, field = change.owner.rpartition(".")
    for source in world.sources.values():
        if owner and source.package == PACKAGE and (line := _line(source.path, owner, field)):
            return source.file, line
    operation = getattr(found.contracts[contract].protocol, change.place.partition(":")[0], None)
    code = getattr(operation, "__code__", None)
    return found.files[contract], code.co_firstlineno if code is not None else 0


def _line(path: Path, owner: str, field: str) -> int:
    """Return the line of a field in the class of this name or code, the class's where it is gone, 0 for neither."""
    for node in ast.parse(path.read_bytes()).body:
        if isinstance(node, ast.ClassDef):
            values = {_target(each): each.value for each in node.body if isinstance(each, (ast.Assign, ast.AnnAssign))}
            code = values.get("code")
            if node.name == owner or (isinstance(code, ast.Constant) and code.value == owner):
                lines = {_target(each): each.lineno for each in node.body}
                return lines.get(field, node.lineno)
    return 0


def _target(node: ast.stmt) -> str | None:
    if isinstance(node, ast.AnnAssign):
        return dotted(node.target)
    return dotted(node.targets[0]) if isinstance(node, ast.Assign) else None
