"""A module's migrations, read without running or importing them: that is all most starts need."""

from __future__ import annotations

import ast
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from app.errors import LaunchRefused

_PARSING = threading.Lock()
"""Until Python 3.11.8, two threads that parse at once may break each other off (CPython issue 106905)."""


class MigrationFailed(Exception):
    """A revision raised an error; the database is as it was before the upgrade."""


class Revision(msgspec.Struct, frozen=True):
    """One step of a history. Code that ends at ``oldest`` can still use the tables after this step."""

    id: str
    before: str | None
    oldest: str
    file: Path


def read_history(module: str, folder: Path) -> tuple[Revision, ...]:
    """Return the revisions in a folder of Alembic files, first to last.

    Raises `LaunchRefused` where they do not form one line, or say what they are by other means than
    plain assignments of text.
    """
    return in_line(module, [_read(module, file) for file in sorted(folder.glob("[!_]*.py"))])


def in_line(module: str, found: Iterable[Revision]) -> tuple[Revision, ...]:
    """Return revisions first to last; `LaunchRefused` where they do not form one line."""
    following: dict[str | None, Revision] = {}
    for each in found:
        other = following.setdefault(each.before, each)
        if other is not each:
            raise _refusal(module, f"{other.file.name} and {each.file.name} both follow {each.before}")
    line: list[Revision] = []
    while (following_one := following.pop(line[-1].id if line else None, None)) is not None:
        line.append(following_one)
    for stray in following.values():
        raise _refusal(module, f"{stray.file.name} follows {stray.before}, which leads to no beginning")
    return _with_oldest(module, line)


def _with_oldest(module: str, line: list[Revision]) -> tuple[Revision, ...]:
    """Code that an earlier step has shut out stays shut out, whatever a later step says."""
    order = {each.id: place for place, each in enumerate(line)}
    floor = 0
    result = []
    for place, each in enumerate(line):
        if order.get(each.oldest, place + 1) > place:
            raise _refusal(module, f"{each.file.name} names {each.oldest} as oldest, which does not come before it")
        floor = max(floor, order[each.oldest])
        result.append(msgspec.structs.replace(each, oldest=line[floor].id))
    return tuple(result)


def read_revision(body: Sequence[ast.stmt], file: Path) -> Revision | None:
    """Return the revision that a file's statements say it is; None, or a `ValueError`, where they say it otherwise."""
    values: dict[str, object] = {}
    for node in body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(name)], value=value)
                | ast.AnnAssign(target=ast.Name(name), value=ast.expr() as value)
            ) if name in ("revision", "down_revision", "oldest"):
                values[name] = ast.literal_eval(value)
    match values.get("revision"), values.get("down_revision"), values.get("oldest", values.get("revision")):
        case str(revision), (str() | None) as before, str(oldest):
            return Revision(revision, before, oldest, file)
    return None


def _read(module: str, file: Path) -> Revision:
    try:
        with _PARSING:
            body = ast.parse(file.read_bytes()).body
        found = read_revision(body, file)
    except (SyntaxError, ValueError) as error:
        raise _refusal(module, f"{file.name} cannot be read ({error})") from None
    if found is None:
        raise _refusal(module, f"{file.name} does not give its revision, down_revision and oldest as plain texts")
    return found


def _refusal(module: str, problem: str) -> LaunchRefused:
    return LaunchRefused(f"The migrations of module {module} are in disorder: {problem}.")
