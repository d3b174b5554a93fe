"""The lock file: read back as it was written, and refused in one sentence where it cannot be relied on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.evolution import lock
from app.evolution.lock import LockProblem, MissingLock
from tests.app.evolution.versions import NEW, OLD

SHAPES = {"shop.v1": OLD, "shop.v2": NEW}


def test_it_is_read_back(tmp_path: Path) -> None:
    file = tmp_path / "contracts.lock.json"
    lock.write(file, SHAPES)
    assert lock.read(file) == {"shop.v1": NEW}  # by the key that the shape itself has: the last of them
    assert [each.name for each in tmp_path.iterdir()] == [file.name]


def test_it_is_sorted_and_has_a_field_a_line() -> None:
    lines = lock.text_of({"b.v1": OLD, "a.v1": OLD}).splitlines()
    assert lines[:2] == ["{", ' "format": 1,']
    assert '      "sku": {"type": {"kind": "text"}}' in lines
    assert '     "returns": {"kind": "message", "name": "Product"},' in lines
    assert max(map(len, lines)) < 140


def changed(**values: Any) -> bytes:
    return json.dumps(json.loads(lock.text_of({"shop.v1": OLD})) | values).encode()


MERGED = lock.text_of({"shop.v1": OLD}).replace("{\n", "<<<<<<< HEAD\n", 1).encode()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "is no JSON (Input data was truncated); restore it (git checkout"),
        (MERGED, "is no JSON (JSON is malformed: invalid character (byte 0)); restore it"),
        (b"\xff", "is no JSON"),
        (b"[" * 100_000, "is no JSON"),
        (b"[]", "is no lock of contracts: it says no format; restore it"),
        (changed(format="1"), "is no lock of contracts: it says no format; restore it"),
        (changed(format=2), "has format 2, and this Freestone reads formats up to 1; upgrade Freestone to the version"),
        (changed(contracts=[]), "was edited by hand, for its digest does not fit its content; restore it"),
        (changed(digest="0"), "was edited by hand"),
        (
            changed(contracts=[3], digest=lock._digest([3])),
            "does not hold contracts as format 1 has them (Expected `obj",
        ),
    ],
    ids=["empty", "merged", "binary", "deep", "list", "text", "newer", "content", "digest", "others"],
)
def test_a_damaged_one_is_refused_in_one_sentence(text: bytes, says: str) -> None:
    with pytest.raises(LockProblem) as refused:
        lock.parse(text)
    said = str(refused.value)
    assert said.startswith("contracts/contracts.lock.json " + says)
    assert "\n" not in said


def test_of_another_file_it_does_not_say_to_restore_it() -> None:
    with pytest.raises(LockProblem) as refused:
        lock.parse(b"# Freestone", "README.md")
    assert str(refused.value).endswith("; name another file, or a revision.")


def test_laid_out_otherwise_it_is_the_same() -> None:
    assert lock.parse(changed()) == {"shop.v1": OLD}


def test_a_missing_one(tmp_path: Path) -> None:
    with pytest.raises(MissingLock, match="is missing; restore it, or, where there never was one, make it with"):
        lock.read(tmp_path / "contracts.lock.json")
    with pytest.raises(LockProblem, match="cannot be read"):
        lock.read(tmp_path)
