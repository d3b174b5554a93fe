"""The store's keys are made once, the private ones for their owner alone, and never replaced in silence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.errors import LaunchRefused
from app.keys import ACTOR, WIRE, private_key, public_key
from app.runtime.identity import public_part


def names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


@pytest.mark.parametrize("name", [ACTOR, WIRE])
def test_a_key_is_made_once_and_readable_to_its_owner_alone(tmp_path: Path, name: str) -> None:
    key = private_key(tmp_path, name)
    assert len(key) == 32
    assert private_key(tmp_path, name) == key
    assert names(tmp_path) == {f"{name}.key", f"{name}.pub"}
    assert (tmp_path / f"{name}.key").stat().st_mode & 0o777 == 0o600


def test_its_public_half_lies_beside_it_for_everybody_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        key = private_key(tmp_path, WIRE)
    finally:
        os.umask(before)
    assert public_key(tmp_path, WIRE) == public_part(key)
    assert (tmp_path / "wire.pub").stat().st_mode & 0o777 == 0o644


def test_each_purpose_and_each_store_has_a_key_of_its_own(tmp_path: Path) -> None:
    stores = [tmp_path / "one", tmp_path / "other"]
    for store in stores:
        store.mkdir()
    keys = {private_key(store, name) for store in stores for name in (ACTOR, WIRE)}
    assert len(keys) == 4


def test_a_key_from_before_there_were_public_halves_gets_one(tmp_path: Path) -> None:
    key = private_key(tmp_path, ACTOR)
    (tmp_path / "actor.pub").unlink()
    assert private_key(tmp_path, ACTOR) == key
    assert public_key(tmp_path, ACTOR) == public_part(key)


def test_the_public_half_follows_a_key_that_was_restored(tmp_path: Path) -> None:
    private_key(tmp_path, ACTOR)
    (tmp_path / "actor.key").write_bytes(b"2" * 32)
    private_key(tmp_path, ACTOR)
    assert public_key(tmp_path, ACTOR) == public_part(b"2" * 32)


def test_a_host_that_only_verifies_makes_no_key(tmp_path: Path) -> None:
    with pytest.raises(LaunchRefused, match=r"^The key .*/actor\.pub is missing; copy it from .* main host\.$"):
        public_key(tmp_path, ACTOR)
    assert names(tmp_path) == set()
    (tmp_path / "actor.pub").write_bytes(public_part(b"3" * 32))
    assert public_key(tmp_path, ACTOR) == public_part(b"3" * 32)
    assert names(tmp_path) == {"actor.pub"}


def test_a_key_that_went_missing_is_not_replaced(tmp_path: Path) -> None:
    private_key(tmp_path, ACTOR)
    (tmp_path / "actor.key").unlink()
    with pytest.raises(
        LaunchRefused, match=r"^The key .*/actor\.key is missing and .* or remove actor\.pub too to end all sessions\.$"
    ):
        private_key(tmp_path, ACTOR)
    assert names(tmp_path) == {"actor.pub"}


def test_the_key_of_whoever_was_first_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = b"1" * 32
    link = os.link

    def overtaken(source: Path, target: Path) -> None:
        target.write_bytes(first)
        link(source, target)

    monkeypatch.setattr(os, "link", overtaken)
    assert private_key(tmp_path, ACTOR) == first
    assert names(tmp_path) == {"actor.key", "actor.pub"}
    assert public_key(tmp_path, ACTOR) == public_part(first)


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_damaged_key_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "actor.key"
    file.write_bytes(content)
    with pytest.raises(
        LaunchRefused, match=rf"^The key .*/actor\.key is damaged \({len(content)} bytes, not 32\); .*\.$"
    ):
        private_key(tmp_path, ACTOR)
    assert file.read_bytes() == content
    assert names(tmp_path) == {"actor.key"}


def test_a_damaged_public_half_is_refused_where_it_is_all_there_is(tmp_path: Path) -> None:
    (tmp_path / "wire.pub").write_bytes(b"short")
    with pytest.raises(
        LaunchRefused, match=r"^The key .*/wire\.pub is damaged \(5 bytes, not 32\); .* copy it again .*"
    ):
        public_key(tmp_path, WIRE)


def test_a_key_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "actor.key").mkdir()
    with pytest.raises(LaunchRefused, match=r"^The key .*/actor\.key cannot be read or made: Is a directory\.$"):
        private_key(tmp_path, ACTOR)
    (tmp_path / "wire.pub").mkdir()
    with pytest.raises(LaunchRefused, match=r"^The key .*/wire\.pub cannot be read: Is a directory\.$"):
        public_key(tmp_path, WIRE)
