"""The store's own secret: the key with which actor assertions are signed."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from app.errors import LaunchRefused

FILE = "actor.key"
SIZE = 32
"""Bytes of an Ed25519 private key (RFC 8032, section 5.1.5): any will do, so long as nobody knows them."""


def signing_key(folder: Path) -> bytes:
    """Return the 32 raw bytes of the key in the data folder; the first launch makes them.

    The file is there as a whole or not at all, and readable to its owner alone. Raises `LaunchRefused` for
    one that is damaged or cannot be read: a new key would end every session, so that is for people to decide.
    """
    path = folder / FILE
    try:
        key = _read(path)
        if key is None:
            key = _create(path)
    except OSError as error:
        raise LaunchRefused(f"The key {path} cannot be read or made: {error.strerror}.") from None
    if len(key) != SIZE:
        raise LaunchRefused(
            f"The key {path} is damaged ({len(key)} bytes, not {SIZE}); restore it, or remove it to end all sessions."
        )
    return key


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _create(path: Path) -> bytes:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(file, "wb") as stream:
            stream.write(secrets.token_bytes(SIZE))
            stream.flush()
            os.fsync(stream.fileno())
        # Unlike a rename, a link never replaces a key that another process has made meanwhile.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    return path.read_bytes()
