"""What the readers say of one file: its problems and facts, or the one sentence for which it cannot be read."""

from __future__ import annotations

import ast
import hashlib
import re
import warnings
from collections.abc import Iterable, Sequence

import msgspec

from app.lint.problem import Problem
from app.lint.reader import Reader, read
from app.lint.source import Source

_UP = re.compile(rb"from[\s\\]*\.")


class Reading(msgspec.Struct, frozen=True):
    """What one file said: ``facts`` as MessagePack, by the name of the reader that gave them out."""

    digest: bytes
    problems: tuple[Problem, ...] = ()
    facts: dict[str, msgspec.Raw] = {}
    readable: bool = True


def digest_of(name: str, data: bytes) -> bytes:
    """Return what tells one content under one name from every other."""
    return hashlib.blake2b(name.encode() + b"\0" + data, digest_size=16).digest()


def read_files(files: Iterable[tuple[Source, bytes]], readers: Sequence[type[Reader]]) -> list[Reading]:
    """Read each file by its content."""
    with warnings.catch_warnings(action="ignore"):  # what Python finds odd in a file (`"\d"`) is ruff's to say
        return [_read_file(source, data, readers) for source, data in files]


def unreadable(source: Source, line: int, why: str, data: bytes = b"") -> Reading:
    """Return what is known of a file that says nothing."""
    problem = Problem(source.file, line, "unreadable", f"{source.name} cannot be judged: {why}")
    return Reading(digest_of(source.name, data), (problem,), readable=False)


def _read_file(source: Source, data: bytes, readers: Sequence[type[Reader]]) -> Reading:
    try:
        tree = ast.parse(_text_of(data))
        _check_way_up(tree, source, data)
        shown = [kind(source) for kind in readers if kind.reads(source)]
        read(tree, shown)
        facts = {type(each).__name__: each.facts() for each in shown}
    except UnicodeDecodeError as error:
        return unreadable(source, data.count(b"\n", 0, error.start) + 1, "it is no UTF-8; save it as UTF-8.", data)
    except SyntaxError as error:
        return unreadable(source, error.lineno or 0, f"{error.msg}; mend the syntax.", data)
    except (RecursionError, MemoryError):
        return unreadable(source, 0, "it nests too deeply; take the expression apart.", data)
    return Reading(
        digest_of(source.name, data),
        tuple(problem for each in shown for problem in each.problems),
        {name: msgspec.Raw(msgspec.msgpack.encode(fact)) for name, fact in facts.items() if fact is not None},
    )


def _check_way_up(tree: ast.Module, source: Source, data: bytes) -> None:
    """Refuse a relative import that leads out of the top-level package: the import linter would end the process."""
    deepest = source.name.count(".") + source.is_package
    for node in ast.walk(tree) if _UP.search(data) else ():
        if isinstance(node, ast.ImportFrom) and node.level > deepest:
            raise SyntaxError("this import leads out of all packages", ("", node.lineno, None, None))


def _text_of(data: bytes) -> str:
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise SyntaxError("there is a null byte in it", ("", line, None, None))
    return data.decode("utf-8-sig")
