"""The store's own secrets: the keys with which actor assertions and hosts' credentials are signed."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from app.errors import LaunchRefused
from app.runtime.identity import public_part

ACTOR, WIRE = "actor", "wire"
"""The pairs of keys in the data folder: `<name>.key` and, beside it, its public half `<name>.pub`."""

SIZE = 32
"""Bytes of an Ed25519 private key (RFC 8032, section 5.1.5): any will do, so long as nobody knows them."""

_WITHOUT = {ACTOR: "to end all sessions", WIRE: "to shut out all hosts until they are started again"}
"""What it is good for to remove a key."""


def private_key(folder: Path, name: str) -> bytes:
    """Return the 32 raw bytes of a private key in the data folder; the first launch makes it and its public half.

    Each file is there as a whole or not at all; the key is readable to its owner alone. Raises `LaunchRefused`
    for one that is damaged or cannot be read, or whose public half alone is there: a new key would make
    worthless whatever the old one signed, so that is for people to decide.
    """
    path, public = folder / f"{name}.key", folder / f"{name}.pub"
    try:
        key = _read(path)
        if key is None:
            if _read(public) is not None and not path.exists():  # another process may have made both meanwhile
                raise LaunchRefused(
                    f"The key {path} is missing and its public half is there; restore the key, "
                    f"or remove {public.name} too {_WITHOUT[name]}."
                )
            key = _create(path)
        _check(path, key, f"remove it {_WITHOUT[name]}")
        _publish(public, public_part(key))
    except OSError as error:
        raise LaunchRefused(f"The key {path} cannot be read or made: {error.strerror}.") from None
    return key


def public_key(folder: Path, name: str) -> bytes:
    """Return the public half of a key, for hosts that verify and do not sign; neither is made here.

    Raises `LaunchRefused` where the file is damaged, missing or cannot be read.
    """
    path = folder / f"{name}.pub"
    try:
        key = _read(path)
    except OSError as error:
        raise LaunchRefused(f"The key {path} cannot be read: {error.strerror}.") from None
    if key is None:
        raise LaunchRefused(f"The key {path} is missing; copy it from the data folder of the store's main host.")
    _check(path, key, "copy it again from the data folder of the store's main host")
    return key


def _check(path: Path, key: bytes, or_else: str) -> None:
    if len(key) != SIZE:
        raise LaunchRefused(f"The key {path} is damaged ({len(key)} bytes, not {SIZE}); restore it, or {or_else}.")


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _create(path: Path) -> bytes:
    draft = _draft(path, secrets.token_bytes(SIZE), 0o600)
    try:
        # Unlike a rename, a link never replaces a key that another process has made meanwhile.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    return path.read_bytes()


def _publish(path: Path, key: bytes) -> None:
    """Write the public half where it is not there yet; whoever else writes it, writes the same."""
    if _read(path) != key:
        _draft(path, key, 0o644).replace(path)


def _draft(path: Path, content: bytes, mode: int) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "wb") as stream:
        os.fchmod(file, mode)  # whatever the umask
        stream.write(content)
        stream.flush()
        os.fsync(file)
    return draft
