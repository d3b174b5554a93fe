"""The signing key is made once, for its owner alone, and never replaced in silence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.errors import LaunchRefused
from app.keys import signing_key


def test_the_key_is_made_once_and_readable_to_its_owner_alone(tmp_path: Path) -> None:
    key = signing_key(tmp_path)
    assert len(key) == 32
    assert signing_key(tmp_path) == key
    assert [each.name for each in tmp_path.iterdir()] == ["actor.key"]
    assert (tmp_path / "actor.key").stat().st_mode & 0o777 == 0o600


def test_every_store_has_a_key_of_its_own(tmp_path: Path) -> None:
    stores = [tmp_path / "one", tmp_path / "other"]
    for store in stores:
        store.mkdir()
    assert signing_key(stores[0]) != signing_key(stores[1])


def test_the_key_of_whoever_was_first_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = b"1" * 32
    link = os.link

    def overtaken(source: Path, target: Path) -> None:
        target.write_bytes(first)
        link(source, target)

    monkeypatch.setattr(os, "link", overtaken)
    assert signing_key(tmp_path) == first
    assert [each.name for each in tmp_path.iterdir()] == ["actor.key"]


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_damaged_key_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "actor.key"
    file.write_bytes(content)
    with pytest.raises(
        LaunchRefused, match=rf"^The key .*/actor\.key is damaged \({len(content)} bytes, not 32\); .*\.$"
    ):
        signing_key(tmp_path)
    assert file.read_bytes() == content


def test_a_key_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "actor.key").mkdir()
    with pytest.raises(LaunchRefused, match=r"^The key .*/actor\.key cannot be read or made: Is a directory\.$"):
        signing_key(tmp_path)
