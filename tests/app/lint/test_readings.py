"""Every file is read once, whoever reads it; what cannot be read is one sentence; the cache is never needed."""

from __future__ import annotations

import ast
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest

from app.lint import cache as caches
from app.lint import readings
from app.lint.cache import FOLDER, Cache
from app.lint.reader import Reader, Scopes
from app.lint.reading import Reading, read_files
from app.lint.readings import readings_of
from app.lint.source import Source


class Names(msgspec.Struct):
    """The functions of a file."""

    names: list[str]


class FunctionReader(Reader):
    """Lists the functions, and reports those called `bad`."""

    nodes = (ast.FunctionDef,)
    Facts = Names
    seen: ClassVar[list[str]] = []

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._names: list[str] = []
        self.seen.append(source.name)

    def see(self, node: Any, scopes: Scopes) -> None:
        self._names.append(".".join([*(getattr(each, "name", "λ") for each in scopes), node.name]))
        if node.name == "bad":
            self.report(node, "planted", "this is bad; be good.")

    def facts(self) -> Names:
        return Names(self._names)


@pytest.fixture(autouse=True)
def seen() -> list[str]:
    FunctionReader.seen.clear()
    return FunctionReader.seen


def files(folder: Path, **texts: str) -> list[Source]:
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)
    return [Source(folder / f"{name}.py", f"{name}.py", name) for name in texts]


def read(folder: Path, sources: list[Source], processes: int = 1) -> dict[str, Reading]:
    return readings_of(sources, (FunctionReader,), Cache(folder), processes)


def one(folder: Path, data: bytes) -> Reading:
    source = Source(folder / "x.py", "x.py", "x")
    return read_files([(source, data)], (FunctionReader,))[0]


def test_a_file_gives_out_facts_and_problems(tmp_path: Path) -> None:
    found = read(tmp_path, files(tmp_path, a="class A:\n    def b(self):\n        def bad(): ...\n"))["a.py"]
    assert [str(problem) for problem in found.problems] == ["a.py:3: planted: this is bad; be good."]
    assert msgspec.msgpack.decode(found.facts["FunctionReader"], type=Names).names == ["A.b", "A.b.bad"]


def test_what_was_read_is_not_read_again(tmp_path: Path, seen: list[str]) -> None:
    sources = files(tmp_path, a="def bad(): ...", b="x = 1")
    first = read(tmp_path, sources)
    assert read(tmp_path, sources) == first
    assert seen == ["a", "b"]
    files(tmp_path, b="x = 2")
    read(tmp_path, sources)
    assert seen == ["a", "b", "b"]


def test_a_file_under_another_name_is_read_again(tmp_path: Path, seen: list[str]) -> None:
    (source,) = files(tmp_path, a="def bad(): ...")
    read(tmp_path, [source])
    read(tmp_path, [Source(source.path, source.file, "modules.a")])
    assert seen == ["a", "modules.a"]


def test_other_rules_read_all_again(tmp_path: Path, seen: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    sources = files(tmp_path, a="x = 1")
    read(tmp_path, sources)
    monkeypatch.setattr(caches, "_made_by", lambda: b"another state of app/lint")
    read(tmp_path, sources)
    assert seen == ["a", "a"]


def test_the_sources_of_the_rules_are_what_makes_them_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "cache.py").write_text("")
    monkeypatch.setattr(caches, "__file__", str(tmp_path / "cache.py"))
    before = caches._made_by()
    assert caches._made_by() == before
    (tmp_path / "ring.py").write_text("x = 1")
    assert caches._made_by() != before


def test_files_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    sources = files(tmp_path, a="x = 1", b="x = 1")
    read(tmp_path, sources)
    read(tmp_path, sources[:1])
    assert Cache(tmp_path).load().keys() == {"a.py"}


@pytest.mark.parametrize(
    "damage", [b"", b"\x00", b"\xc1\xff", b"\x92\xa1x\x80", b"\x82\xa7made_by\xc4\x01x\xa8readings\x01"]
)
def test_a_damaged_cache_is_as_good_as_none(tmp_path: Path, damage: bytes) -> None:
    sources = files(tmp_path, a="def bad(): ...")
    first = read(tmp_path, sources)
    (kept,) = (tmp_path / FOLDER).glob("readings-*")
    whole = kept.read_bytes()
    for broken in (damage, whole[: len(whole) // 2]):
        kept.write_bytes(broken)
        assert read(tmp_path, sources) == first
        assert kept.read_bytes() == whole


def test_a_cache_that_cannot_be_written_is_as_good_as_none(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("no folder")
    sources = files(tmp_path, a="def bad(): ...")
    assert len(read(tmp_path, sources)["a.py"].problems) == 1


def test_two_checks_at_once_leave_one_whole_cache(tmp_path: Path) -> None:
    sources = files(tmp_path, **{f"f{number}": f"x = {number}" for number in range(40)})
    read(tmp_path, sources)
    cache = Cache(tmp_path)
    whole = cache.load()
    with ThreadPoolExecutor(4) as threads:
        writing = [threads.submit(cache.store, whole) for _ in range(30)]
        found = [cache.load() for _ in range(30)]
        assert [each.result() for each in writing] == [None] * 30
    assert all(each == whole for each in found)


def test_nothing_half_is_left_behind(tmp_path: Path) -> None:
    read(tmp_path, files(tmp_path, a="x = 1"))
    assert sorted(each.name.partition("-")[0] for each in (tmp_path / FOLDER).iterdir()) == [".gitignore", "readings"]


@pytest.mark.parametrize(
    ("data", "line", "why"),
    [
        (b"x = 1\ny = (\n", 2, "'(' was never closed; mend the syntax."),
        (b"x = 1\ny = '\xff'\n", 2, "it is no UTF-8; save it as UTF-8."),
        (b"# -*- coding: latin-1 -*-\nx = '\xe4'\n", 2, "it is no UTF-8; save it as UTF-8."),
        (b"x = 1\n\0", 2, "there is a null byte in it; mend the syntax."),
        (b"import re\nfrom .. import a", 2, "this import leads out of all packages; mend the syntax."),
        (b"x = " + b"-" * 200_000 + b"1", 0, "it nests too deeply; take the expression apart."),
        (b"x = " + b"a." * 50_000 + b"a", 0, "it nests too deeply; take the expression apart."),
    ],
)
def test_what_cannot_be_read_is_one_sentence(tmp_path: Path, data: bytes, line: int, why: str) -> None:
    found = one(tmp_path, data)
    assert not found.readable
    assert [(each.line, each.rule, each.text) for each in found.problems] == [
        (line, "unreadable", f"x cannot be judged: {why}")
    ]


def test_what_python_only_finds_odd_is_read_without_a_word(tmp_path: Path) -> None:
    assert one(tmp_path, b"\xef\xbb\xbfx = '\\d' is 1\n").readable


def test_a_file_that_is_not_there_is_one_sentence_each_time(tmp_path: Path) -> None:
    (tmp_path / "a.py").symlink_to(tmp_path / "nowhere.py")
    source = Source(tmp_path / "a.py", "a.py", "a")
    for _ in range(2):
        (problem,) = read(tmp_path, [source])["a.py"].problems
        assert str(problem).startswith("a.py: unreadable: a cannot be judged: No such file or directory;")


def test_many_files_are_read_by_processes_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readings, "MANY", 3)
    monkeypatch.setattr(readings, "_BATCH", 2)
    sources = files(tmp_path, **{f"f{number}": f"def f{number}(): ...\ndef bad(): ..." for number in range(5)})
    by_two = readings_of(sources, (FunctionReader,), Cache(tmp_path / "nowhere"), 2)
    assert FunctionReader.seen == []
    assert by_two == read(tmp_path, sources)


def test_where_no_process_can_be_started_they_are_read_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(os.strerror(38))

    monkeypatch.setattr(readings, "MANY", 1)
    monkeypatch.setattr(readings, "ProcessPoolExecutor", refuse)
    assert len(read(tmp_path, files(tmp_path, a="def bad(): ...", b=""), 2)["a.py"].problems) == 1
